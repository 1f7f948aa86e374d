"""Merges weights and nodes that are equal, a subgraph's with those of the graphs around it too."""

from __future__ import annotations

from collections import ChainMap

import numpy as np
import onnx_ir as ir

from modelwright.hub.attributes import tensor_in
from modelwright.hub.io_tensors import SparseInitializer
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.rewrites.context import SMALL_CONSTANT, RewriteContext

_Key = tuple[object, ...]
_NOT_REPEATABLE = frozenset(
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout".split()
)
_SAMPLE = 64
"""Bytes at either end of a large weight that must be equal before all of it is compared."""


def share_equal(context: RewriteContext) -> int:
    """Merges equal initializers, then nodes of the same operator, attributes and inputs.

    Initializers are equal by content, those of the same bytes of the same file without looking. Stored weights and
    their zero points stay each their own. A node of a subgraph goes if one outside, before the subgraph, does the same.

    Returns:
        The number of initializers and nodes that another one stands for now.
    """
    count = sum(_share_initializers(graph) for graph in graphs_of(context.root))
    context.renew_builder()
    return count + _share_nodes(context, context.root, ChainMap())


def graphs_of(graph: ir.Graph) -> list[ir.Graph]:
    """The graph and its subgraphs at all depths, the outer ones first."""
    found = [graph]
    for node in graph:
        for body in subgraphs_of(node):
            found.extend(graphs_of(body))
    return found


def _share_initializers(graph: ir.Graph) -> int:
    first: dict[_Key, list[ir.Value]] = {}
    count = 0
    for name, value in list(graph.initializers.items()):
        tensor = value.const_value
        if value.is_graph_input() or value.is_graph_output() or tensor is None or _is_stored_weight(value):
            continue
        key = _content_key(tensor)
        if key is None:
            continue
        alike = first.setdefault(key, [])
        kept = next((other for other in alike if _same_bytes(key, other, tensor)), None)
        if kept is None:
            alike.append(value)
        else:
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


def _content_key(tensor: ir.TensorProtocol) -> _Key | None:
    """What equal tensors have in common; for large ones the ends only. None for what is not compared."""
    shape = tuple(str(dim) for dim in tensor.shape)
    if isinstance(tensor, ir.ExternalTensor):
        return ("file", str(tensor.path), tensor.offset, tensor.length, tensor.dtype, shape)
    if tensor.dtype is ir.DataType.STRING or isinstance(tensor, SparseInitializer):
        return None
    if tensor.size <= SMALL_CONSTANT:
        return ("bytes", tensor.tobytes(), tensor.dtype, shape)
    data = _bytes_of(tensor)
    if data is None:
        return None
    return ("ends", data[:_SAMPLE].tobytes(), data[-_SAMPLE:].tobytes(), tensor.dtype, shape)


def _bytes_of(tensor: ir.TensorProtocol) -> np.ndarray | None:
    """The bytes as a view; None for a tensor that would have to be computed or unpacked."""
    if isinstance(tensor, ir.LazyTensor) or tensor.dtype.bitwidth < 8:
        return None
    array = tensor.numpy()
    return array.reshape(-1).view(np.uint8) if array.flags.c_contiguous else None


def _same_bytes(key: _Key, other: ir.Value, tensor: ir.TensorProtocol) -> bool:
    """Whether a tensor of the same key is equal to that of ``other`` to the last byte."""
    if key[0] != "ends" or other.const_value is None:
        return True
    left, right = _bytes_of(other.const_value), _bytes_of(tensor)
    return left is not None and right is not None and np.array_equal(left, right)


def _share_nodes(context: RewriteContext, graph: ir.Graph, outer: ChainMap[_Key, ir.Node]) -> int:
    """Merges the nodes of a graph; ``outer`` are those around it that come before."""
    first = outer.new_child()
    count = 0
    for node in list(graph):
        count += sum(_share_nodes(context, body, first) for body in subgraphs_of(node))
        key = _node_key(node)
        if key is None:
            continue
        kept = first.get(key)
        if kept is None:
            first[key] = node
        elif _can_stand_for(kept, node):
            for old, new in zip(node.outputs, kept.outputs, strict=True):
                _replace(context, old, new)
            graph.remove(node, safe=True)
            count += 1
    return count


def _can_stand_for(kept: ir.Node, node: ir.Node) -> bool:
    """Whether outputs of the graph keep a node of their own that bears their name."""
    pairs = zip(node.outputs, kept.outputs, strict=True)
    return all(RewriteContext.forwards(old, new) for old, new in pairs)


def _replace(context: RewriteContext, old: ir.Value, new: ir.Value) -> None:
    if not old.uses() and not old.is_graph_output():
        return
    if new.name == "":
        new.name = context.names.unique(old.name or "shared")  # the other node left this output out
    context.replace(old, new)


def _node_key(node: ir.Node) -> _Key | None:
    """What equal nodes have in common; None for a node that is never merged."""
    if node.op_type in _NOT_REPEATABLE or node.domain or _awaits_normalization(node):
        return None
    attributes = _attribute_key(node)
    return None if attributes is None else (node.op_type, tuple(node.inputs), attributes, len(node.outputs))


def _awaits_normalization(node: ir.Node) -> bool:
    """Whether a BatchNormalization behind a convolution will go into its weights, which sharing would prevent."""
    if node.op_type not in ("Conv", "ConvTranspose"):
        return False
    return any(use.node.op_type == "BatchNormalization" for use in node.outputs[0].uses())


def _attribute_key(node: ir.Node) -> _Key | None:
    """The attributes in comparable form; None when they hold graphs, types, sparse or large tensors."""
    key: list[object] = []
    for name in sorted(node.attributes):
        attribute = node.attributes[name]
        value = attribute.value
        if attribute.is_ref() or attribute.type not in _COMPARABLE:
            return None
        if attribute.type is ir.AttributeType.TENSOR:
            tensor = tensor_in(attribute)
            value = _content_key(tensor) if tensor.size <= SMALL_CONSTANT else None
            if value is None:
                return None
        key.append((name, attribute.type, tuple(value) if isinstance(value, list) else value))
    return tuple(key)


_A = ir.AttributeType
_COMPARABLE = frozenset({_A.INT, _A.INTS, _A.FLOAT, _A.FLOATS, _A.STRING, _A.STRINGS, _A.TENSOR})
