"""Shape inference of single nodes by onnx itself, for operators that have no rule of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import onnx
import onnx.checker
import onnx.defs
import onnx.numpy_helper
import onnx.shape_inference
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.opset import schema_for

_SMALL = 1024


def infer_with_onnx(
    node: ir.Node, opset: int, constant: Callable[[ir.Value], np.ndarray | None]
) -> list[tuple[ir.DataType | None, tuple[Dim, ...] | None]]:
    """Infers a node's outputs with ``onnx.shape_inference.infer_node_outputs``.

    Args:
        node: The node; its inputs' types are used as they stand.
        opset: Version of the default domain, where the node does not tell its own.
        constant: Gives the array a value always holds, or None.

    Returns:
        Dtype and shape of each output, None where onnx cannot tell.
    """
    unknown: list[tuple[ir.DataType | None, tuple[Dim, ...] | None]] = [(None, None)] * len(node.outputs)
    opset = node.version or opset
    schema = schema_for(node.op_type, opset) if node.domain == "" else None
    if schema is None or any(value is not None and value.type is None for value in node.inputs):
        return unknown
    try:
        inferred = _infer(node, schema, opset, constant)
    except (onnx.shape_inference.InferenceError, onnx.defs.SchemaError, onnx.checker.ValidationError):
        return unknown
    return [_from_type_proto(inferred.get(output.name or "")) for output in node.outputs]


def contradiction(node: ir.Node, opset: int, constant: Callable[[ir.Value], np.ndarray | None]) -> str:
    """What onnx's inference finds wrong with a node whose inputs' types are known; nothing for most nodes.

    Nodes with subgraphs are not looked at: their bodies' nodes are.

    Args:
        node: The node.
        opset: Version of the default domain.
        constant: Gives the array a value always holds, or None.
    """
    graphs = (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS)
    schema = schema_for(node.op_type, opset) if node.domain == "" else None
    if schema is None or any(attribute.type in graphs for attribute in node.attributes.values()):
        return ""
    try:
        _infer(node, schema, opset, constant)
    except onnx.shape_inference.InferenceError as error:
        return _PREFIX.sub("", str(error)).strip().rstrip(".")
    except onnx.defs.SchemaError:
        return ""
    return ""


_PREFIX = re.compile(r"\[(?:ShapeInferenceError|TypeInferenceError)\]\s*(?:Inference error\(s\):)?")


def _infer(
    node: ir.Node,
    schema: onnx.defs.OpSchema,
    opset: int,
    constant: Callable[[ir.Value], np.ndarray | None],
) -> dict[str, onnx.TypeProto]:
    types: dict[str, onnx.TypeProto] = {}
    data: dict[str, onnx.TensorProto] = {}
    for value in node.inputs:
        if value is None or value.name is None:
            continue
        types[value.name] = type_proto(value)
        array = constant(value)
        if array is not None and array.size <= _SMALL and array.dtype.kind in "iubf":
            data[value.name] = onnx.numpy_helper.from_array(array, value.name)
    return onnx.shape_inference.infer_node_outputs(
        schema, ir.to_proto(node), types, data, opset_imports=[onnx.helper.make_opsetid("", opset)]
    )


def type_proto(value: ir.Value) -> onnx.TypeProto:
    """What is known of a value's type and shape, as a message."""
    proto = onnx.TypeProto()
    if value.type is not None:
        ir.serde.serialize_type_into(proto, from_=value.type)
    if value.type is not None and value.shape is not None:
        ir.serde.serialize_shape_into(proto, from_=value.shape)
    return proto


def _from_type_proto(proto: onnx.TypeProto | None) -> tuple[ir.DataType | None, tuple[Dim, ...] | None]:
    if proto is None or not proto.HasField("tensor_type"):
        return None, None
    tensor = proto.tensor_type
    dtype = ir.DataType(tensor.elem_type) if tensor.elem_type else None
    if not tensor.HasField("shape"):
        return dtype, None
    dims = (dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in tensor.shape.dim)
    return dtype, tuple(dims)
