"""Nodes as engines take them: a head with what is fused to it, its activations, weight and bias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.hub.shapes import Shapes
from modelwright.quantize.rules import OperatorRule, Part
from modelwright.quantize.scope import NodeScope
from modelwright.quantize.settings import Precision

_ONLY_PRODUCTS = 2
_NO_DELICATE = 1
_DYNAMIC = ("Gemm", "MatMul")
_WEIGHTS_ONLY = (Precision.WEIGHTS, Precision.DYNAMIC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """A node that may be computed in integers, with the nodes that engines fuse to it.

    Attributes:
        head: The node.
        rule: What the target makes of it.
        tail: Nodes done with it, in order.
        activations: Positions of its inputs that are computed.
        constants: Positions of constants that stand where activations may.
        weight: Position of its constant weight.
        bias: Position of its constant bias.
    """

    head: ir.Node
    rule: OperatorRule
    tail: tuple[ir.Node, ...] = ()
    activations: tuple[int, ...]
    constants: tuple[int, ...] = ()
    weight: int | None = None
    bias: int | None = None

    @property
    def outputs(self) -> tuple[ir.Value, ...]:
        """What it makes, after all that is fused to it."""
        return tuple((self.tail[-1] if self.tail else self.head).outputs)


class UnitFinder:
    """Finds the units of a graph under a target's rules.

    Attributes:
        stored: Products of which only the weights become integers; the activations get none, or theirs at run time.
        refused: Nodes that are no units though there is a rule for their operator, with the reason.
    """

    def __init__(
        self,
        graph: ir.Graph,
        rules: Mapping[str, OperatorRule],
        scopes: Mapping[ir.Node, NodeScope],
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.scopes = scopes
        self.shapes = Shapes(graph.opset_imports.get("", 0))
        self.refused: dict[ir.Node, str] = {}
        self.stored: list[Unit] = []

    def find(self) -> list[Unit]:
        """The units, in graph order."""
        found: list[Unit] = []
        taken: set[ir.Node] = set()
        for node in self.graph:
            rule = self._rule(node)
            if rule is None or rule.role is Part.TAIL or node in taken:
                continue
            made = self._unit(node, rule)
            if isinstance(made, Unit) and self.scopes[node].precision in _WEIGHTS_ONLY:
                self.stored.append(made)
            elif isinstance(made, Unit):
                found.append(made)
                taken.update(made.tail)
            else:
                self.refused[node] = made
        return found

    def _rule(self, node: ir.Node) -> OperatorRule | None:
        return self.rules.get(node.op_type) if node.domain == "" else None

    def _unit(self, node: ir.Node, rule: OperatorRule) -> Unit | str:
        refusal = self._out_of_scope(node, rule)
        if refusal:
            return refusal
        places = self._activation_places(node, rule)
        constants = tuple(place for place in places if is_constant(node.inputs[place]))
        activations = tuple(place for place in places if place not in constants)
        if not activations:
            return "it computes on constants alone"
        weight = bias = None
        if rule.role is Part.PRODUCT:
            found = self._weights(node, rule)
            if isinstance(found, str):
                return found
            weight, bias, extra = found
            activations += extra
        values = [node.inputs[place] for place in (*activations, *constants)]
        if any(value is None or self.shapes.dtype(value) is not ir.DataType.FLOAT for value in values):
            return "its numbers are not float32"
        return Unit(
            head=node,
            rule=rule,
            tail=self._tail(node),
            activations=activations,
            constants=constants,
            weight=weight,
            bias=bias,
        )

    def _out_of_scope(self, node: ir.Node, rule: OperatorRule) -> str:
        scope = self.scopes[node]
        if scope.precision is Precision.DYNAMIC and node.op_type not in _DYNAMIC:
            return "only matrix products have a form with scales at run time"
        if scope.precision is Precision.WEIGHTS:
            return "" if rule.role is Part.PRODUCT else "only weights are quantized"
        if scope.precision not in (Precision.INT8, Precision.INT16, Precision.DYNAMIC):
            return scope.reason or f"its part is computed in {scope.precision.value}"
        if scope.level >= _ONLY_PRODUCTS and rule.role is Part.COMPUTE:
            return "precision level 2 quantizes only convolutions and matrix products"
        if scope.level >= _NO_DELICATE and rule.delicate:
            return "precision level 1 leaves delicate operators in float"
        return ""

    @staticmethod
    def _activation_places(node: ir.Node, rule: OperatorRule) -> tuple[int, ...]:
        places = range(len(node.inputs)) if rule.inputs == "all" else rule.inputs
        return tuple(place for place in places if place < len(node.inputs) and node.inputs[place] is not None)

    def _weights(self, node: ir.Node, rule: OperatorRule) -> tuple[int | None, int | None, tuple[int, ...]] | str:
        """Positions of a product's constant weight and bias, and of an activation in the weight's place."""
        place = rule.weight
        if place is None or place >= len(node.inputs):
            return "it has no weight"
        if not is_constant(node.inputs[place]):
            two = rule.two_activations and self.scopes[node].precision not in _WEIGHTS_ONLY
            return (None, None, (place,)) if two else "its weight is computed while the model runs"
        refusal = _unfit_gemm(node)
        if refusal or self.scopes[node].precision is Precision.WEIGHTS:
            return refusal if self.scopes[node].precision is not Precision.WEIGHTS else (place, None, ())
        bias = rule.bias if rule.bias is not None and rule.bias < len(node.inputs) else None
        if bias is None or node.inputs[bias] is None:
            return place, None, ()
        if not is_constant(node.inputs[bias]):
            return "its bias is computed while the model runs"
        return (place, bias, ()) if _is_vector(node.inputs[bias]) else "its bias is no vector"

    def _tail(self, node: ir.Node) -> tuple[ir.Node, ...]:
        """What is fused behind a node, one after the other."""
        found: list[ir.Node] = []
        last = node
        while (follower := self._only_reader(last)) is not None and self._fuses(follower, last, node):
            found.append(follower)
            last = follower
        return tuple(found)

    def _only_reader(self, node: ir.Node) -> ir.Node | None:
        if len(node.outputs) != 1:
            return None
        uses = list(node.outputs[0].uses())
        if len(uses) != 1 or node.outputs[0].is_graph_output() or uses[0].node.graph is not self.graph:
            return None
        return uses[0].node

    def _fuses(self, node: ir.Node, last: ir.Node, head: ir.Node) -> bool:
        rule = self._rule(node)
        if rule is None or self.scopes[node].precision is not self.scopes[head].precision:
            return False
        if last is head and head.op_type in rule.bias_of:
            return any(is_constant(value) and _is_vector(value) for value in node.inputs)
        others = [value for value in node.inputs if value is not None and value not in last.outputs]
        return rule.role is Part.TAIL and head.op_type in rule.follows and all(is_constant(value) for value in others)


def is_constant(value: ir.Value | None) -> bool:
    """Whether a value is an initializer that no caller can override."""
    return value is not None and value.const_value is not None and not value.is_graph_input()


def _is_vector(value: ir.Value | None) -> bool:
    return value is not None and value.const_value is not None and len(value.const_value.shape) == 1


def _unfit_gemm(node: ir.Node) -> str:
    """Why a Gemm cannot be computed in integers: engines multiply neither part of the sum."""
    if node.op_type != "Gemm":
        return ""
    wanted: dict[str, tuple[Callable[[ir.Attr], float | int], float]] = {
        "alpha": (lambda attribute: attribute.as_float(), 1.0),
        "beta": (lambda attribute: attribute.as_float(), 1.0),
        "transA": (lambda attribute: attribute.as_int(), 0),
    }
    for name, (read, value) in wanted.items():
        if name in node.attributes and read(node.attributes[name]) != value:
            return f"its {name} is not {value:g}"
    return ""
