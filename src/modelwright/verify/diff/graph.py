"""The graphs of two models held against each other: nodes, inputs, outputs, opsets, metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import onnx_ir as ir

from modelwright.formats import Dim, format_shape
from modelwright.hub.attribute_values import attribute_data
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import dims_of
from modelwright.verify.diff.findings import Aspect, Change, Detail, GraphDiff, NodeChange, PropertyChange
from modelwright.verify.diff.matching import GraphMatch, match_graphs
from modelwright.verify.diff.structure import (
    constant_tensor,
    describe_weight,
    subgraphs,
    view_graph,
    weight_key,
)


def match_models(a: ir.Model, b: ir.Model) -> GraphMatch:
    """The main graphs of two models with what belongs together."""
    return match_graphs(view_graph(a.graph, a.opset_imports), view_graph(b.graph, b.opset_imports))


def diff_graphs(a: ir.Model, b: ir.Model, match: GraphMatch, *, metadata: bool = True) -> GraphDiff:
    """What differs between two models apart from the contents of weights.

    Args:
        a: The first model.
        b: The second.
        match: Their main graphs.
        metadata: Whether to hold producer, descriptions and the like against each other.
    """
    nodes = tuple(_node_changes(match, ""))
    functions = tuple(_function_changes(a, b))
    properties = [*_interface_changes(match), *_opset_changes(a, b), *_shape_changes(match)]
    properties += _metadata_changes(a, b) if metadata else ()
    counts_a, counts_b = _count(a), _count(b)
    operators = {
        name: (counts_a[name], counts_b[name])
        for name in sorted({*counts_a, *counts_b})
        if counts_a[name] != counts_b[name]
    }
    return GraphDiff(
        nodes=(*nodes, *functions),
        properties=tuple(properties),
        matched=len(match.nodes),
        operators=operators,
    )


def node_label(node: ir.Node) -> str:
    """The node's name; of a node without one that of its first output."""
    return node.name or next((value.name for value in node.outputs if value.name), "") or f"({node.op_type})"


def operator_name(node: ir.Node) -> str:
    """The operator, with its domain unless that is the default one."""
    return f"{node.domain}::{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type


def _count(model: ir.Model) -> Counter[str]:
    return Counter(operator_name(node) for node in model.graph if constant_tensor(node) is None)


def _node_changes(match: GraphMatch, inside: str) -> Iterator[NodeChange]:
    for node in match.a.nodes:
        other = match.nodes.get(node)
        if other is None:
            yield NodeChange(
                change=Change.REMOVED, op_type=operator_name(node), a=node_label(node), b="", inside=inside
            )
        else:
            yield from _matched_changes(match, node, other, inside)
    taken = set(match.nodes.values())
    for node in match.b.nodes:
        if node not in taken:
            yield NodeChange(change=Change.ADDED, op_type=operator_name(node), a="", b=node_label(node), inside=inside)


def _matched_changes(match: GraphMatch, node: ir.Node, other: ir.Node, inside: str) -> Iterator[NodeChange]:
    details = tuple(node_details(match, node, other))
    renamed = (node.name or "") != (other.name or "")
    if details or renamed:
        yield NodeChange(
            change=Change.CHANGED if details else Change.RENAMED,
            op_type=operator_name(node),
            a=node_label(node),
            b=node_label(other),
            inside=inside,
            details=details,
        )
    yield from changes_inside(match, node, other, inside)


def changes_inside(match: GraphMatch, node: ir.Node, other: ir.Node, inside: str = "") -> Iterator[NodeChange]:
    """What differs in the subgraphs of two matched nodes.

    Args:
        match: The graphs that the nodes are in.
        node: The node of the first model.
        other: The node of the second.
        inside: Where the nodes are.
    """
    bodies = dict(subgraphs(other))
    for name, body in subgraphs(node):
        if name in bodies:
            views = view_graph(body, match.a.opsets), view_graph(bodies[name], match.b.opsets)
            yield from _node_changes(match_graphs(*views, match.values), f"{inside}{node_label(node)}/{name}/")


def node_details(match: GraphMatch, node: ir.Node, other: ir.Node) -> Iterator[Detail]:
    """What differs between two matched nodes: operator, attributes, where the inputs come from, number of outputs."""
    if operator_name(node) != operator_name(other):
        yield Detail(what="operator", a=operator_name(node), b=operator_name(other))
    yield from _attribute_details(match, node, other)
    for place in range(max(len(node.inputs), len(other.inputs))):
        mine, theirs = (item.inputs[place] if place < len(item.inputs) else None for item in (node, other))
        if not _same_input(match, mine, theirs):
            yield Detail(what=f"input {place}", a=_origin(mine, match.a.weights), b=_origin(theirs, match.b.weights))
    if len(node.outputs) != len(other.outputs):
        yield Detail(what="number of outputs", a=str(len(node.outputs)), b=str(len(other.outputs)))


def _attribute_details(match: GraphMatch, node: ir.Node, other: ir.Node) -> Iterator[Detail]:
    mine = _attributes(node, match.a.opsets)
    theirs = _attributes(other, match.b.opsets)
    for name in sorted({*mine, *theirs}):
        first, second = mine.get(name), theirs.get(name)
        if first != second:
            yield Detail(what=name, a=_shown(first), b=_shown(second))
    bodies = [{name for name, _ in subgraphs(item)} for item in (node, other)]
    for name in sorted(bodies[0] ^ bodies[1]):
        yield Detail(what=name, a="a graph" if name in bodies[0] else "", b="a graph" if name in bodies[1] else "")


def _attributes(node: ir.Node, opsets: Mapping[str, int]) -> dict[str, object]:
    data: dict[str, object] = attribute_data(node, opsets.get(node.domain, 0))
    for name, attribute in node.attributes.items():
        if attribute.type is ir.AttributeType.TENSOR and not attribute.is_ref():
            data[name] = _Contents(attribute.as_tensor())
    return data


class _Contents:
    """A tensor in an attribute; equal if dtype, shape and bytes are."""

    def __init__(self, tensor: ir.TensorProtocol) -> None:
        self.tensor = tensor

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Contents) or weight_key(self.tensor, contents=False) != weight_key(
            other.tensor, contents=False
        ):
            return False
        mine, theirs = self.tensor.numpy(), other.tensor.numpy()
        return bool((mine == theirs).all()) if mine.dtype.kind in "OSU" else mine.tobytes() == theirs.tobytes()

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        array = self.tensor.numpy()
        shown = f" {array.reshape(-1)[:6].tolist()}" + ("..." if array.size > 6 else "") if array.size else ""
        return describe_weight(self.tensor) + shown


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _same_input(match: GraphMatch, mine: ir.Value | None, theirs: ir.Value | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    if mine in match.a.weights or theirs in match.b.weights:
        return mine in match.a.weights and theirs in match.b.weights
    if mine in match.values:
        return match.values[mine] is theirs
    outside = mine.producer() is None or theirs.producer() is None
    return outside and mine.name == theirs.name


def _origin(value: ir.Value | None, weights: Mapping[ir.Value, ir.TensorProtocol]) -> str:
    """Where a value comes from, in the names of nodes."""
    if value is None:
        return ""
    if value in weights:
        return f"weight {value.name} {describe_weight(weights[value])}"
    producer = value.producer()
    if producer is None:
        return f"input {value.name}"
    index = value.index()
    return f"{operator_name(producer)} {node_label(producer)}" + (f", output {index}" if index else "")


def _interface_changes(match: GraphMatch) -> Iterator[PropertyChange]:
    sides = (
        ("input", match.inputs, match.a.inputs, match.b.inputs),
        ("output", match.outputs, match.a.outputs, match.b.outputs),
    )
    for kind, pairs, mine, theirs in sides:
        for first, second in pairs:
            if first.name != second.name:
                yield PropertyChange(
                    aspect=Aspect.NAMES, what=f"name of {kind}", a=first.name or "", b=second.name or ""
                )
            if _type(first) != _type(second):
                yield PropertyChange(aspect=None, what=f"{kind} {first.name}", a=_type(first), b=_type(second))
        matched = {value for pair in pairs for value in pair}
        for value in mine:
            if value not in matched:
                yield PropertyChange(aspect=None, what=f"{kind} {value.name}", a=_type(value), b="")
        for value in theirs:
            if value not in matched:
                yield PropertyChange(aspect=None, what=f"{kind} {value.name}", a="", b=_type(value))
        if [second for _, second in pairs] != [value for value in theirs if value in matched]:
            order = [", ".join(value.name or "" for value in values) for values in (mine, theirs)]
            yield PropertyChange(aspect=None, what=f"order of {kind}s", a=order[0], b=order[1])


def _type(value: ir.Value) -> str:
    if value.type is not None and not isinstance(value.type, ir.TensorType):
        return str(value.type)
    return dtype_name(value.dtype) + format_shape(_dims(value))


def _dims(value: ir.Value) -> tuple[Dim, ...] | None:
    return dims_of(value.shape)


def _shape_changes(match: GraphMatch) -> Iterator[PropertyChange]:
    """Intermediate tensors that are declared otherwise; symbolic names do not count."""
    for node, other in match.nodes.items():
        for mine, theirs in zip(node.outputs, other.outputs, strict=False):
            if mine.is_graph_output() or not _declared_unlike(mine, theirs):
                continue
            yield PropertyChange(aspect=Aspect.SHAPES, what=f"tensor {mine.name}", a=_type(mine), b=_type(theirs))


def _declared_unlike(mine: ir.Value, theirs: ir.Value) -> bool:
    if mine.dtype is not None and theirs.dtype is not None and mine.dtype != theirs.dtype:
        return True
    first, second = _dims(mine), _dims(theirs)
    if first is None or second is None:
        return False
    pairs = list(zip(first, second, strict=False))
    return len(first) != len(second) or any(isinstance(x, int) and isinstance(y, int) and x != y for x, y in pairs)


def _opset_changes(a: ir.Model, b: ir.Model) -> Iterator[PropertyChange]:
    for domain in sorted({*a.opset_imports, *b.opset_imports}):
        versions = [str(model.opset_imports.get(domain, "")) for model in (a, b)]
        if versions[0] != versions[1]:
            yield PropertyChange(aspect=Aspect.OPSET, what=f"opset {domain or 'ai.onnx'}", a=versions[0], b=versions[1])


def _metadata_changes(a: ir.Model, b: ir.Model) -> Iterator[PropertyChange]:
    facts_a, facts_b = _facts(a), _facts(b)
    for what in sorted({*facts_a, *facts_b}):
        if facts_a.get(what, "") != facts_b.get(what, ""):
            yield PropertyChange(aspect=Aspect.METADATA, what=what, a=facts_a.get(what, ""), b=facts_b.get(what, ""))


def _facts(model: ir.Model) -> dict[str, str]:
    named = {
        "IR version": str(model.ir_version),
        "producer": " ".join(filter(None, (model.producer_name, model.producer_version))),
        "domain": model.domain or "",
        "model version": str(model.model_version or ""),
        "description": model.doc_string or "",
        "graph name": model.graph.name or "",
    }
    properties = {f"metadata {key}": value for key, value in model.metadata_props.items()}
    return named | properties


def _function_changes(a: ir.Model, b: ir.Model) -> Iterator[NodeChange]:
    for key in sorted({*a.functions, *b.functions}):
        mine, theirs = a.functions.get(key), b.functions.get(key)
        name = f"{key[0]}::{key[1]}"
        if mine is not None and theirs is not None:
            views = (view_graph(mine, mine.opset_imports), view_graph(theirs, theirs.opset_imports))
            yield from _node_changes(match_graphs(*views), f"function {name}/")
        else:
            change = Change.REMOVED if theirs is None else Change.ADDED
            yield NodeChange(
                change=change, op_type="function", a=name if mine is not None else "", b=name if mine is None else ""
            )
