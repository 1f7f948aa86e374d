"""Which settings hold for which node: ignore lists, parts cut out by their edges, and where the graph is cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import onnx_ir as ir

from modelwright.errors import UsageError, unknown_name
from modelwright.hub.opset import introduced_at
from modelwright.passes.bodies import reads_of
from modelwright.quantize.settings import Method, PartSettings, Precision, QuantizeSettings
from modelwright.rewrites.context import source_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeScope:
    """What is asked for one node.

    Attributes:
        precision: How it is computed.
        method: How ranges of what it makes are chosen.
        max_percentile: For the percentile method.
        level: How much stays float.
        reason: Why it stays float, where something says so.
    """

    precision: Precision
    method: Method
    max_percentile: float
    level: int
    reason: str = ""


def node_scopes(graph: ir.Graph, settings: QuantizeSettings) -> Mapping[ir.Node, NodeScope]:
    """The scope of every node of the main graph.

    Raises:
        UnknownNameError: A name in the settings is not in the model.
        UsageError: The edges of a part enclose nothing, or the cut does not divide the graph into two.
    """
    plain = NodeScope(
        precision=settings.precision,
        method=settings.method,
        max_percentile=settings.max_percentile,
        level=settings.level,
    )
    scopes = dict.fromkeys(graph, plain)
    for part in settings.parts:
        for node in _nodes_of_part(graph, part):
            scopes[node] = _of_part(scopes[node], part)
    for node in _behind_cut(graph, settings.truncate_at):
        scopes[node] = replace(
            plain, precision=Precision.FLOAT, reason="lies behind the tensors where the graph is cut"
        )
    for node, reason in _ignored(graph, settings):
        scopes[node] = replace(plain, precision=Precision.FLOAT, reason=reason)
    return scopes


def _of_part(scope: NodeScope, part: PartSettings) -> NodeScope:
    precision = part.precision or scope.precision
    return NodeScope(
        precision=precision,
        method=part.method or scope.method,
        max_percentile=part.max_percentile or scope.max_percentile,
        level=scope.level if part.level is None else part.level,
        reason=f"its part is computed in {precision.value}" if precision is Precision.FLOAT else "",
    )


def _ignored(graph: ir.Graph, settings: QuantizeSettings) -> Iterable[tuple[ir.Node, str]]:
    types, names = set(settings.ignore_op_types), set(settings.ignore_op_names)
    present = {node.op_type for node in graph}
    for op_type in settings.ignore_op_types:
        if op_type not in present and not introduced_at(op_type):
            raise unknown_name("operator type to ignore", op_type, present)
    known = {name for node in graph for name in (node.name, source_of(node)) if name}
    for name in settings.ignore_op_names:
        if name not in known:
            raise unknown_name("node to ignore", name, known)
    for node in graph:
        if node.op_type in types:
            yield node, f"{node.op_type} is ignored as asked"
        elif node.name in names or source_of(node) in names:
            yield node, "ignored as asked"


def _nodes_of_part(graph: ir.Graph, part: PartSettings) -> list[ir.Node]:
    values = values_by_name(graph)
    ends = _named([*part.outputs], values, "output of a part")
    starts = _named([*part.inputs], values, "input of a part")
    inside = _needed(ends, starts)
    if not inside:
        raise UsageError(
            f"nothing lies between {', '.join(part.inputs)} and {', '.join(part.outputs)}",
            hint="name tensors at which the part begins, and tensors that it makes",
        )
    return [node for node in graph if node in inside]


def _behind_cut(graph: ir.Graph, names: Sequence[str]) -> list[ir.Node]:
    """The nodes that the named tensors are cut off from the front of the graph.

    Raises:
        UsageError: What lies behind reads something else of the front too, or nothing lies behind.
    """
    if not names:
        return []
    values = _named(names, values_by_name(graph), "tensor to cut at")
    front = _needed(values, [])
    behind = [node for node in graph if node not in front]
    for node in behind:
        for value in reads_of(node):
            maker = value.producer()
            crosses = maker in front or value.is_graph_input()
            if crosses and value not in values and value.const_value is None:
                raise UsageError(
                    f"cutting at {', '.join(names)} does not divide the graph into two: {node.name!r} behind the cut "
                    f"also reads {value.name!r}",
                    hint=f"add {value.name!r} to the tensors to cut at",
                    node=node.name or "",
                )
    if not behind or not front:
        raise UsageError(
            f"cutting at {', '.join(names)} leaves nothing on one side", hint="name tensors inside the graph"
        )
    return behind


def values_by_name(graph: ir.Graph) -> dict[str, ir.Value]:
    """Inputs and what nodes make, by name."""
    made = [value for node in graph for value in node.outputs]
    return {value.name: value for value in (*graph.inputs, *made) if value.name}


def _named(names: Sequence[str], values: Mapping[str, ir.Value], kind: str) -> list[ir.Value]:
    for name in names:
        if name not in values:
            raise unknown_name(kind, name, values)
    return [values[name] for name in names]


def _needed(ends: Sequence[ir.Value], starts: Sequence[ir.Value]) -> set[ir.Node]:
    """The nodes that compute the ends from the starts (and from inputs and constants)."""
    found: set[ir.Node] = set()
    pending = [value for value in ends if value not in starts]
    while pending:
        node = pending.pop().producer()
        if node is not None and node not in found:
            found.add(node)
            pending.extend(value for value in reads_of(node) if value not in starts)
    return found
