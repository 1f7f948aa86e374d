"""Decides what of a model becomes integers, so that an engine finds every pattern that it fuses and no float islands.

Products are quantized wherever they may be. Other operators are when a neighbour gives them integers (delicate ones:
when all do) and most readers take theirs; this is the greatest set for which that holds, found by taking out what does
not fit until all does. What moves numbers passes integers on, with one scale before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import onnx_ir as ir

from modelwright.quantize.channels import block_axis, summed_axes, weight_axis
from modelwright.quantize.groups import share_scales
from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.rules import Part, TargetRules, rules_named
from modelwright.quantize.scope import NodeScope, node_scopes
from modelwright.quantize.settings import BITS, Precision, QuantizeSettings, Scheme
from modelwright.quantize.units import Unit, UnitFinder

OUTPUT_READER = ""
"""Stands for the graph's outputs among the readers of a tensor; the index is the output's."""


def place(model: ir.Model, settings: QuantizeSettings) -> Placement:
    """What is quantized under the settings, for their target's rules.

    Args:
        model: The model; nodes and values have unique names (`modelwright.quantize.prepare`).
        settings: What is asked for.

    Raises:
        UnknownNameError: A name in the settings is not in the model, or there are no rules for the target.
        UsageError: A part or a cut in the settings makes no sense.
    """
    rules = rules_named(settings.target)
    scopes = node_scopes(model.graph, settings)
    finder = UnitFinder(model.graph, rules.operators, scopes)
    units = finder.find()
    kept = _settle(units, outputs=settings.outputs)
    tensors = _Tensors(model.graph, settings, rules, scopes, kept)
    for unit in finder.stored:
        tensors.weight(unit)
    floats = dict(finder.refused)
    floats |= {unit.head: "its neighbours compute in float" for unit in units if unit not in kept}
    return Placement(
        tensors=share_scales(tensors.found(), kept),
        dynamic=_named(unit.head for unit in finder.stored if scopes[unit.head].precision is Precision.DYNAMIC),
        halves=_named(node for node, scope in scopes.items() if scope.precision is Precision.FLOAT16),
        floats=tuple((node.name or "", floats[node]) for node in model.graph if node in floats),
    )


def _named(nodes: Iterable[ir.Node]) -> tuple[str, ...]:
    return tuple(node.name or "" for node in nodes)


def _settle(units: list[Unit], *, outputs: bool) -> list[Unit]:
    """The greatest set of units in which each has integers to take and readers for its own."""
    kept = dict.fromkeys(units)
    while True:
        heads = {node: unit for unit in kept for node in (unit.head, *unit.tail)}
        out = [unit for unit in kept if not _fits(unit, heads, outputs=outputs)]
        if not out:
            return list(kept)
        for unit in out:
            del kept[unit]


def _fits(unit: Unit, heads: Mapping[ir.Node, Unit], *, outputs: bool) -> bool:
    if unit.rule.role is Part.PRODUCT:
        return True
    supplied = [_supplied(unit.head.inputs[place], heads) for place in unit.activations]
    enough = all(supplied) if unit.rule.role is Part.SHARE or unit.rule.delicate else any(supplied)
    return enough and any(_wanted(value, heads, outputs=outputs) for value in unit.outputs)


def _supplied(value: ir.Value | None, heads: Mapping[ir.Node, Unit]) -> bool:
    maker = None if value is None else value.producer()
    return maker in heads


def _wanted(value: ir.Value, heads: Mapping[ir.Node, Unit], *, outputs: bool) -> bool:
    """Whether most readers of a value take integers; who takes the model's outputs does where ``outputs`` says so."""
    integer = sum(takes_integers(use.node, use.idx, heads) for use in value.uses())
    rest = len(list(value.uses())) - integer + (value.is_graph_output() and not outputs)
    return integer + (value.is_graph_output() and outputs) > rest


def takes_integers(node: ir.Node, place: int, heads: Mapping[ir.Node, Unit]) -> bool:
    """Whether a node reads the input at that place as integers."""
    unit = heads.get(node)
    return unit is not None and unit.head is node and place in unit.activations


class _Tensors:
    """Collects the tensors to quantize, with their readers."""

    def __init__(
        self,
        graph: ir.Graph,
        settings: QuantizeSettings,
        rules: TargetRules,
        scopes: Mapping[ir.Node, NodeScope],
        units: list[Unit],
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.outputs = settings.outputs
        self.scopes = scopes
        self.units = units
        self.activations = settings.activations or rules.activations
        self.weights = settings.weights or rules.weights
        self.heads = {node: unit for unit in units for node in (unit.head, *unit.tail)}
        self.tensors: dict[str, QuantizedTensor] = {}

    def found(self) -> tuple[QuantizedTensor, ...]:
        """All of them, in graph order."""
        for unit in self.units:
            for place in unit.activations:
                self._read(unit, place)
            for place in unit.constants:
                self._constant(unit, place)
            self._weight_and_bias(unit)
            for value in unit.outputs:
                self._made(unit, value)
        return tuple(self.tensors.values())

    def _read(self, unit: Unit, place: int) -> None:
        value = unit.head.inputs[place]
        if value is not None:
            self._activation(value, ((unit.head.name or "", place),))

    def _made(self, unit: Unit, value: ir.Value) -> None:
        """The result of a unit: for all its readers where the engine wants it so, else for those that take integers."""
        uses = [(use.node, use.idx) for use in value.uses()]
        if not any(takes_integers(node, place, self.heads) for node, place in uses) and not self._always(unit, value):
            return
        readers = [(node.name or "", place) for node, place in uses if node.graph is self.graph]
        if unit.rule.output == "wanted" and unit.rule.role is Part.PRODUCT:
            readers = [(node.name or "", place) for node, place in uses if takes_integers(node, place, self.heads)]
        if value.is_graph_output() and (
            self.outputs or unit.rule.output != "wanted" or unit.rule.role is not Part.PRODUCT
        ):
            readers += [(OUTPUT_READER, place) for place, item in enumerate(self.graph.outputs) if item is value]
        self._activation(value, tuple(readers), fixed=unit.rule.fixed)

    def _always(self, unit: Unit, value: ir.Value) -> bool:
        output = unit.rule.output
        if self.outputs and value.is_graph_output():
            return True
        return output == "always" or (output == "inside" and _leads_to(value, Part.PRODUCT, self.heads))

    def _activation(
        self, value: ir.Value, readers: tuple[tuple[str, int], ...], *, fixed: tuple[float, int] | None = None
    ) -> None:
        name = value.name or ""
        known = self.tensors.get(name)
        if known is not None:
            merged = tuple(dict.fromkeys((*known.readers, *readers)))
            self.tensors[name] = replace(known, readers=merged, fixed=known.fixed or fixed)
            return
        scope = self._scope_of(value, readers)
        self.tensors[name] = QuantizedTensor(
            name=name,
            role=Role.ACTIVATION,
            scheme=_widened(self.activations, scope.precision),
            readers=readers,
            method=scope.method,
            max_percentile=scope.max_percentile,
            fixed=fixed,
        )

    def _scope_of(self, value: ir.Value, readers: tuple[tuple[str, int], ...]) -> NodeScope:
        """The scope of what makes a value or, where one wants more bits or nothing integer makes it, of a reader."""
        by_name = {unit.head.name or "": unit.head for unit in self.units}
        nodes = [node for node in (value.producer(),) if node is not None and node in self.heads]
        nodes += [by_name[name] for name, _ in readers if name in by_name]
        scopes = [self.scopes[node] for node in nodes]
        return next((scope for scope in scopes if scope.precision is Precision.INT16), scopes[0])

    def _constant(self, unit: Unit, place: int) -> None:
        scope = self.scopes[unit.head]
        self._add_constant(unit, place, _widened(self.activations, scope.precision), axis=None)

    def weight(self, unit: Unit) -> None:
        """Adds the weight of a product, if it has a constant one."""
        if unit.weight is None:
            return
        if self.weights.block:
            axis = block_axis(unit.head, unit.weight)
            scheme = self.weights if axis is not None else _without_blocks(self.weights)
        else:
            scheme, axis = self.weights, None
        if axis is None:
            per_channel = scheme.per_channel and unit.rule.per_channel
            axis = weight_axis(unit.head, unit.weight) if per_channel else None
            scheme = replace(scheme, per_channel=axis is not None)
        self._add_constant(unit, unit.weight, scheme, axis=axis, paired=self._paired(unit, unit.weight, scheme))

    def _paired(self, unit: Unit, place: int, scheme: Scheme) -> tuple[tuple[int, ...], ...]:
        """How a weight's neighbours are added in 16 bits, if that is done with such a one."""
        precision = self.scopes[unit.head].precision
        calibrated = precision is Precision.INT8 and BITS[self.activations.dtype] == BITS["int8"] and self.rules.pairs
        if not (calibrated or precision is Precision.DYNAMIC):
            return ()
        if scheme.dtype != "int8" or not scheme.symmetric or scheme.block:
            return ()
        axes = summed_axes(unit.head, place)
        return (axes,) if axes else ()

    def _weight_and_bias(self, unit: Unit) -> None:
        self.weight(unit)
        if unit.weight is None:
            return
        bias = None if unit.bias is None else unit.head.inputs[unit.bias]
        if bias is None or self.rules.bias == "float":
            return
        activation, weight = unit.head.inputs[unit.activations[0]], unit.head.inputs[unit.weight]
        if activation is not None and weight is not None:
            self.tensors[bias.name or ""] = QuantizedTensor(
                name=bias.name or "",
                role=Role.BIAS,
                scheme=Scheme(),
                readers=((unit.head.name or "", unit.bias or 0),),
                axis=0,
                product=(activation.name or "", weight.name or ""),
            )

    def _add_constant(
        self, unit: Unit, place: int, scheme: Scheme, *, axis: int | None, paired: tuple[tuple[int, ...], ...] = ()
    ) -> None:
        value = unit.head.inputs[place]
        name, reader = ("" if value is None else value.name or ""), (unit.head.name or "", place)
        known = self.tensors.get(name)
        if known is None:
            self.tensors[name] = QuantizedTensor(
                name=name, role=Role.WEIGHT, scheme=scheme, readers=(reader,), axis=axis, paired=paired
            )
            return
        known = replace(known, readers=(*known.readers, reader), paired=tuple(dict.fromkeys((*known.paired, *paired))))
        if known.axis != axis:
            known = replace(known, axis=None, scheme=replace(known.scheme, per_channel=False))
        self.tensors[name] = known


def _without_blocks(scheme: Scheme) -> Scheme:
    """The scheme for weights that are no matrices: with one scale for many numbers, 4 bits would be too few."""
    return replace(scheme, block=0, per_channel=True, dtype=scheme.dtype.replace("int4", "int8"))


def _widened(scheme: Scheme, precision: Precision) -> Scheme:
    """The scheme in 16 bits where that precision is asked for."""
    if precision is not Precision.INT16:
        return scheme
    return replace(scheme, dtype="uint16" if scheme.dtype.startswith("u") else "int16")


def _leads_to(value: ir.Value, role: Part, heads: Mapping[ir.Node, Unit]) -> bool:
    """Whether something quantized of that role comes somewhere behind a value."""
    seen: set[ir.Value] = set()
    pending = [value]
    while pending:
        here = pending.pop()
        for use in here.uses():
            unit = heads.get(use.node)
            if unit is not None and unit.rule.role is role and unit.head is use.node:
                return True
            pending.extend(output for output in use.node.outputs if output not in seen)
            seen.update(use.node.outputs)
    return False
