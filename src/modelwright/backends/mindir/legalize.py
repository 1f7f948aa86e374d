"""Brings a model of the hub to MindSpore's primitives, or says of every node that cannot be why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.expand import expand
from modelwright.backends.mindir.numbers import COMPUTED
from modelwright.backends.mindir.operators import operators
from modelwright.diagnostics import Refusal
from modelwright.errors import ConversionError, UnsupportedError
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.opset import newest_opset
from modelwright.hub.order import ensure_sorted
from modelwright.hub.shapes import Shapes
from modelwright.passes.bodies import reads_of
from modelwright.passes.clean import remove_unused
from modelwright.passes.folding import fold_constants
from modelwright.passes.functions import inline_functions
from modelwright.passes.opset.change import change_opset
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext, source_of
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rule import Group, rules_of

_ROUNDS: Final = 3
"""What one round folds, the next can use; chains of sizes in the standard's own definitions need no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A model brought to MindSpore's primitives as far as that goes.

    Attributes:
        emitter: The graph; its outputs are not set yet.
        refusals: The nodes that cannot be written; those that need their results are not among them.
    """

    emitter: Emitter
    refusals: tuple[Refusal, ...]


def emit(model: ir.Model) -> Emitter:
    """The model as a MindIR graph.

    Args:
        model: The model; it is brought to the newest opset and changed.

    Raises:
        UnsupportedError: Some nodes cannot be written; all of them are listed.
    """
    attempt = _attempt(model)
    _raise(attempt.refusals)
    _finish(attempt.emitter, model.graph)
    return attempt.emitter


def refusals(model: ir.Model) -> tuple[Refusal, ...]:
    """The nodes that would be refused if the model were written; the model is spoiled."""
    try:
        attempt = _attempt(model)
        if not attempt.refusals:
            _finish(attempt.emitter, model.graph)
    except UnsupportedError as error:
        return tuple(Refusal(op_type="", node=error.node, reason=item) for item in error.items or (error.message,))
    except ConversionError as error:
        return (Refusal(op_type="", node=error.node, reason=error.message, hint=error.hint),)
    return attempt.refusals


def _attempt(model: ir.Model) -> Attempt:
    opset = _prepare(model)
    emitter = Emitter(Shapes(opset))
    for value in model.graph.inputs:
        emitter.input(value)
    walk = _Walk()
    emitter.walk = walk.body
    walk.graph(emitter, model.graph)
    return Attempt(emitter=emitter, refusals=tuple(walk.found))


class _BodyRefused(Exception):  # noqa: N818  no error of the node: what is in its body was refused
    """Some nodes of a body cannot be written, and are listed."""


class _Walk:
    """Converts nodes, and notes those that cannot be written."""

    def __init__(self) -> None:
        self.found: dict[Refusal, None] = {}

    def body(self, emitter: Emitter, graph: ir.Graph) -> None:
        """Converts a body.

        Raises:
            _BodyRefused: Some of it cannot be written.
        """
        if self.graph(emitter, graph):
            raise _BodyRefused

    def graph(self, emitter: Emitter, graph: ir.Graph) -> bool:
        """Converts a graph; returns whether some of it cannot be written."""
        hanging: set[ir.Value] = set()
        for node in graph:
            if any(value in hanging for value in reads_of(node)):
                hanging.update(node.outputs)
                continue
            try:
                _convert(emitter, node)
            except _BodyRefused:
                hanging.update(node.outputs)
            except ConversionError as error:
                refusal = Refusal(op_type=node.op_type, node=source_of(node), reason=error.message, hint=error.hint)
                self.found[refusal] = None
                hanging.update(node.outputs)
        return bool(hanging)


def _finish(emitter: Emitter, graph: ir.Graph) -> None:
    emitter.finish([(emitter.term(value), emitter.kind(value)) for value in graph.outputs])


def _prepare(model: ir.Model) -> int:
    if model.functions:
        inline_functions(model)
    for value in [value for value in model.graph.inputs if value.is_initializer()]:
        model.graph.inputs.remove(value)
    opset = newest_opset()
    change_opset(model, opset)
    expand(model, opset)
    for _ in range(_ROUNDS):
        context = RewriteContext(model.graph, opset)
        fold_constants(context)
        _fold_ranges(context)
        apply_rules(context, rules_of(Group.SIMPLIFY, opset=opset), Statistics())
        remove_unused(context)
    ensure_sorted(model.graph)
    return opset


def _fold_ranges(context: RewriteContext) -> None:
    """Short Ranges between constants become weights: MindSpore's axes and indices are constants."""
    for node in [node for node in context.root if node.op_type == "Range" and not node.domain]:
        bounds = [None if value is None else context.shapes.constant(value) for value in node.inputs]
        if node.outputs[0].is_graph_output() or any(item is None for item in bounds):
            continue
        start, limit, delta = (item.item() for item in bounds if item is not None)
        numbers = np.arange(start, limit, delta, dtype=bounds[0].dtype if bounds[0] is not None else None)
        if numbers.size <= SMALL_CONSTANT:
            value = _initializer(context, numbers, f"{node.name}/numbers")
            node.outputs[0].replace_all_uses_with(value)
            context.root.remove(node, safe=True)


def _initializer(context: RewriteContext, array: np.ndarray, name: str) -> ir.Value:
    tensor = ir.tensor(array, name=context.names.unique(name))
    value = ir.Value(
        name=tensor.name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(array.shape), const_value=tensor
    )
    context.root.register_initializer(value)
    return value


def _convert(emitter: Emitter, node: ir.Node) -> None:
    operator = operators().find(node.op_type) if not node.domain else None
    if operator is None:
        raise ConversionError("MindSpore has no such operator")
    emitter.origin = source_of(node)
    inputs = list(node.inputs)
    _check_types(emitter, node)
    while inputs and inputs[-1] is None:
        inputs.pop()
    attributes = {item.name: _plain(item) for item in node.attributes.values()}
    known = operator.bind(attributes, len(inputs), node=emitter.origin)
    wanted = [value for value in node.outputs if value.uses() or value.is_graph_output()]
    emitter.wanted = 1 + max((node.outputs.index(value) for value in wanted), default=0)
    results = operator.function(emitter, *inputs, **known)
    terms: tuple[Term, ...] = results if isinstance(results, tuple) else (results,)
    left = [value for value in wanted if value not in node.outputs[: len(terms)]]
    if left:
        raise ConversionError(f"its output {left[0].name!r} is not computed by MindSpore")
    for value, term in zip(node.outputs, terms, strict=False):
        emitter.bind(value, term)


def _check_types(emitter: Emitter, node: ir.Node) -> None:
    """What MindSpore computes with: tensors with elements, of dtypes that its kernels have.

    Raises:
        ConversionError: Something else goes in or out.
    """
    for value in (*node.inputs, *node.outputs):
        if value is None or not value.name:
            continue
        kind = emitter.kind(value)
        if kind.dtype not in COMPUTED:
            raise ConversionError(f"MindSpore computes little with {dtype_name(kind.dtype)} ({value.name!r})")
        if 0 in kind.shape and emitter.known(value) is None:
            raise ConversionError(f"{value.name!r} has no elements, which MindSpore does not take")


def _plain(attribute: ir.Attr) -> Any:
    value = attribute.value
    return list(value) if isinstance(value, tuple) else value


def _raise(refusals: tuple[Refusal, ...]) -> None:
    if not refusals:
        return
    what = "1 node" if len(refusals) == 1 else f"{len(refusals)} nodes"
    raise UnsupportedError(
        f"{what} cannot be written as MindSpore's primitives",
        items=[str(item) for item in refusals],
        node=refusals[0].node,
        nodes=[(item.op_type, item.node) for item in refusals],
        hint="`modelwright check --target mindir` shows the whole model",
    )
