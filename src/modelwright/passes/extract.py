"""Cuts a subgraph out of a model, between tensors that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.errors import ConversionError, UnknownNameError, UsageError, unknown_name
from modelwright.formats import Dim
from modelwright.hub.inference import infer_types
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.bodies import bodies_with_places, reads_of
from modelwright.passes.finalize import finalize
from modelwright.passes.functions import drop_unused_functions

_ANNOTATION = "quant_parameter_tensor_names"
"""Where ``onnx_ir`` keeps a tensor's quantization annotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was cut.

    Attributes:
        nodes_before: Nodes of the main graph before.
        nodes_after: Nodes that are left.
        unused: Inputs asked for that nothing needs; they stay.
        functions: Names of model-local functions that nothing calls any more.
    """

    nodes_before: int
    nodes_after: int
    unused: tuple[str, ...]
    functions: tuple[str, ...] = ()


def extract(model: ir.Model, inputs: Sequence[str], outputs: Sequence[str]) -> Extraction:
    """Reduces a model in place to what computes ``outputs`` from ``inputs``.

    Args:
        model: The model.
        inputs: Tensors where it begins, graph inputs or intermediate; empty: the graph inputs that are needed.
        outputs: Tensors where it ends; empty: the graph's outputs, except those where it begins.

    Subgraphs (bodies of If, Loop, Scan) stay whole; what they read of the main graph counts as needed.

    Raises:
        UnknownNameError: A name is no tensor of the main graph, or ``inputs`` do not suffice.
        UsageError: A tensor is both input and output, or lies inside a subgraph.
        ConversionError: The type of an intermediate tensor is not known.
    """
    graph = model.graph
    nodes_before = len(graph)
    values = _values_by_name(graph)
    for kind, names in (("input", inputs), ("output", outputs)):
        for name in names:
            if name not in values:
                raise _no_such_tensor(model, kind, name, values)
    ends = _ends(graph, [values[name] for name in inputs], [values[name] for name in outputs])
    starts = _starts(model, [values[name] for name in inputs])
    ends = [starts.get(value, value) for value in ends]
    needed, open_inputs = _needed(ends, set(starts.values()) or set(graph.inputs))
    if open_inputs:
        raise _insufficient([value.name or "" for value in graph.inputs if value in open_inputs])
    used = _used_inputs(needed, ends)
    chosen = list(starts.values()) or [value for value in graph.inputs if value in used]
    graph.outputs[:] = ends
    graph.remove([node for node in reversed(list(graph)) if node not in needed])
    graph.inputs[:] = chosen
    parameters = _quantization_parameters(graph, used)
    for name in [name for name, value in graph.initializers.items() if value not in used and name not in parameters]:
        del graph.initializers[name]
    unused = tuple(value.name or "" for value in chosen if value not in used)
    functions = drop_unused_functions(model)
    finalize(model)
    return Extraction(nodes_before=nodes_before, nodes_after=len(graph), unused=unused, functions=functions)


def _ends(graph: ir.Graph, starts: Sequence[ir.Value], wanted: Sequence[ir.Value]) -> list[ir.Value]:
    """The tensors where it ends: those that are wanted, else the graph's outputs but for those where it begins."""
    cut = {value for value in starts if not value.is_graph_input()}
    ends = list(wanted) or [value for value in graph.outputs if value not in cut]
    both = [value.name or "" for value in starts if value in (wanted or ([] if ends else graph.outputs))]
    if both:
        raise UsageError(f"{', '.join(both)}: both input and output of the subgraph", hint="name it in one of them")
    return ends


def _no_such_tensor(
    model: ir.Model, kind: str, name: str, values: dict[str, ir.Value]
) -> UnknownNameError | UsageError:
    """The error for a name that the main graph does not have: inside a subgraph, or nowhere."""
    for place, body in bodies_with_places(model.graph):
        if name in _values_by_name(body):
            return UsageError(
                f"{name!r} lies inside a subgraph ({place}), which is computed anew at each use and cannot be cut",
                hint="cut at inputs or outputs of that node",
            )
    for function in model.functions.values():
        if name in {value.name for value in (*function.inputs, *(out for node in function for out in node.outputs))}:
            return UsageError(
                f"{name!r} lies inside the function {function.domain}:{function.name} and cannot be cut",
                hint="cut at inputs or outputs of the nodes that call it",
            )
    return unknown_name(f"tensor for an {kind}", name, values)


def _quantization_parameters(graph: ir.Graph, used: set[ir.Value]) -> set[str]:
    """Initializers that quantization annotations of the tensors that stay name (scales and zero points)."""
    kept = [*used, *graph.outputs, *(value for node in graph for value in node.outputs)]
    return {name for value in kept for name in value.meta.get(_ANNOTATION, {}).values()}


def _values_by_name(graph: ir.Graph) -> dict[str, ir.Value]:
    values = [*graph.inputs, *graph.initializers.values(), *(value for node in graph for value in node.outputs)]
    return {value.name: value for value in values if value.name}


def _starts(model: ir.Model, wanted: Sequence[ir.Value]) -> dict[ir.Value, ir.Value]:
    """Each tensor where the subgraph begins with the graph input that stands for it, uses replaced."""
    shapes = Shapes(model.graph.opset_imports.get("", 0))
    inner = [value for value in wanted if not value.is_graph_input()]
    if any(value.type is None and shapes.dtype(value) is None for value in inner):
        infer_types(model)
    names = NameScope.of_graph(model.graph)
    return {value: value if value.is_graph_input() else _as_input(value, shapes, names) for value in wanted}


def _as_input(value: ir.Value, shapes: Shapes, names: NameScope) -> ir.Value:
    if value.type is None and shapes.dtype(value) is None:
        raise ConversionError(
            f"the dtype of {value.name!r} is not known, so the subgraph cannot begin there",
            hint="begin at a tensor before or behind it",
        )
    dims: Sequence[Dim] | None = shapes.shape(value)
    shape = None if dims is None else ir.Shape(dims)
    start = ir.Value(name=value.name, type=value.type, shape=shape, doc_string=value.doc_string)
    start.meta.update(value.meta)
    start.metadata_props.update(value.metadata_props)
    ir.convenience.replace_all_uses_with(value, start, replace_graph_outputs=True)
    value.name = names.unique(f"{value.name}/cut")
    return start


def _needed(ends: Sequence[ir.Value], starts: set[ir.Value]) -> tuple[set[ir.Node], set[ir.Value]]:
    """Nodes that the ends need, and graph inputs without a value that they need besides ``starts``."""
    nodes: set[ir.Node] = set()
    missing: set[ir.Value] = set()
    pending = list(reversed(ends))
    while pending:
        value = pending.pop()
        if value in starts:
            continue
        node = value.producer()
        if node is None:
            if value.is_graph_input() and not value.is_initializer():
                missing.add(value)
            continue
        if node not in nodes:
            nodes.add(node)
            pending.extend(reads_of(node))
    return nodes, missing


def _used_inputs(nodes: set[ir.Node], ends: Sequence[ir.Value]) -> set[ir.Value]:
    return {value for node in nodes for value in reads_of(node)} | set(ends)


def _insufficient(missing: Sequence[str]) -> UnknownNameError:
    return UnknownNameError(
        f"the cut is not complete: the outputs also need {', '.join(missing)}",
        hint=f"add to --inputs: {','.join(missing)}, or tensors between them and the outputs",
    )
