"""Removes nodes and weights that nothing needs, and merges nodes and weights that are equal."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.attributes import tensor_in
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext
from modelwright.rewrites.driver import remove_dead, subgraphs_of

_NOT_REPEATABLE = frozenset(
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout".split()
)


def remove_unused(context: RewriteContext) -> int:
    """Removes nodes without use, and initializers without use that are not inputs.

    Returns:
        The number of nodes and initializers removed.
    """
    count = 0
    for node in reversed(list(ir.traversal.RecursiveGraphIterator(context.root))):
        if node.graph is not None and node.outputs and not _is_needed(node):
            remove_dead(node)
            count += 1
    for graph in _graphs(context.root):
        unused = [
            name
            for name, value in graph.initializers.items()
            if not value.uses() and not value.is_graph_output() and not value.is_graph_input()
        ]
        for name in unused:
            del graph.initializers[name]
        count += len(unused)
    context.renew_builder()
    return count


def _is_needed(node: ir.Node) -> bool:
    return any(output.uses() or output.is_graph_output() for output in node.outputs)


def _graphs(graph: ir.Graph) -> list[ir.Graph]:
    found = [graph]
    for node in graph:
        for body in subgraphs_of(node):
            found.extend(_graphs(body))
    return found


def share_equal(context: RewriteContext) -> int:
    """Merges equal initializers, then nodes of the same operator, attributes and inputs.

    Small initializers are equal by content; large ones when they are the same bytes of the same file. Stored weights
    and their zero points stay each their own.

    Returns:
        The number of initializers and nodes that another one stands for now.
    """
    count = sum(_share_initializers(graph) for graph in _graphs(context.root))
    context.renew_builder()
    return count + sum(_share_nodes(context, graph) for graph in _graphs(context.root))


def _share_initializers(graph: ir.Graph) -> int:
    first: dict[tuple[object, ...], ir.Value] = {}
    count = 0
    for name, value in list(graph.initializers.items()):
        if value.is_graph_input() or value.is_graph_output() or value.const_value is None:
            continue
        key = _content_key(value.const_value)
        if key is None or _is_stored_weight(value):
            continue
        kept = first.setdefault(key, value)
        if kept is not value:
            value.replace_all_uses_with(kept)
            del graph.initializers[name]
            count += 1
    return count


def _is_stored_weight(value: ir.Value) -> bool:
    """Whether this is a quantized weight or its zero point.

    ONNX Runtime (1.31, with its option ``x64quantprecision``) makes of each such pair another one under names derived
    from theirs, and does not load models in which two weights share one.
    """
    for use in value.uses():
        node = use.node
        if node.op_type == "DequantizeLinear" and use.idx != 1:
            data = node.inputs[0]
            return data is not None and data.const_value is not None
    return False


def _content_key(tensor: ir.TensorProtocol) -> tuple[object, ...] | None:
    shape = tuple(str(dim) for dim in tensor.shape)
    if isinstance(tensor, ir.ExternalTensor):
        return ("file", str(tensor.path), tensor.offset, tensor.length, tensor.dtype, shape)
    if tensor.size > SMALL_CONSTANT or tensor.dtype is ir.DataType.STRING:
        return None
    return ("bytes", tensor.tobytes(), tensor.dtype, shape)


def _share_nodes(context: RewriteContext, graph: ir.Graph) -> int:
    first: dict[tuple[object, ...], ir.Node] = {}
    count = 0
    for node in list(graph):
        if node.op_type in _NOT_REPEATABLE or node.domain:
            continue
        attributes = _attribute_key(node)
        if attributes is None or any(output.is_graph_output() for output in node.outputs):
            continue
        key = (node.op_type, tuple(node.inputs), attributes, len(node.outputs))
        kept = first.setdefault(key, node)
        if kept is not node:
            for old, new in zip(node.outputs, kept.outputs, strict=True):
                context.replace(old, new)
            graph.remove(node, safe=True)
            count += 1
    return count


def _attribute_key(node: ir.Node) -> tuple[object, ...] | None:
    """The attributes in comparable form; None when they hold graphs or large tensors."""
    key: list[object] = []
    for name in sorted(node.attributes):
        attribute = node.attributes[name]
        value = attribute.value
        if attribute.type in (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS):
            return None
        if attribute.type is ir.AttributeType.TENSOR:
            content = _content_key(tensor_in(attribute))
            if content is None:
                return None
            value = content
        key.append((name, tuple(value) if isinstance(value, list) else value))
    return tuple(key)
