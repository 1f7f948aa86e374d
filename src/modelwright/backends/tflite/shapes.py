"""Element types and shapes of the results of TFLite operators, as far as they follow from the inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.dtypes import dtype_named

if TYPE_CHECKING:
    from modelwright.backends.tflite.builder import LiteBuilder

Dims = tuple[Dim, ...] | None
Inferred = tuple[ir.DataType | None, Dims]
Rule = Callable[["LiteBuilder", ir.Node, dict[str, Any]], "list[Inferred]"]

_RULES: dict[str, Rule] = {}


def _rule(names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names.split(), rule))
        return rule

    return register


def infer(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    """Type and shape of each result; None for what is not known."""
    rule = _RULES.get(node.op_type, _like_first)
    return rule(op, node, options)


def broadcast(shapes: Sequence[Dims]) -> Dims:
    """The shape that operands of these shapes are spread to; a dimension that cannot be told is None."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes):
        return None
    rank = max((len(shape) for shape in known), default=0)
    result: list[Dim] = []
    for axis in range(rank):
        dims = {shape[len(shape) - rank + axis] for shape in known if len(shape) - rank + axis >= 0} - {1}
        sizes = [dim for dim in dims if isinstance(dim, int)]
        result.append(sizes[0] if sizes else dims.pop() if len(dims) == 1 else None if dims else 1)
    return tuple(result)


def _value(node: ir.Node, place: int) -> ir.Value:
    value = node.inputs[place]
    assert value is not None  # noqa: S101  an operator's data is there
    return value


def _like_first(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    value = _value(node, 0)
    return [(op.dtype(value), op.shape(value))] * len(node.outputs)


@_rule("CAST BITCAST QUANTIZE DEQUANTIZE")
def _retyped(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(None, op.shape(_value(node, 0)))]


@_rule(
    "ADD SUB MUL DIV FLOOR_DIV FLOOR_MOD POW SQUARED_DIFFERENCE MAXIMUM MINIMUM ATAN2 PRELU BITWISE_XOR RIGHT_SHIFT "
    "LOGICAL_AND LOGICAL_OR"
)
def _binary(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(op.dtype(_value(node, 0)), broadcast([op.shape(_value(node, place)) for place in (0, 1)]))]


@_rule("LESS GREATER LESS_EQUAL GREATER_EQUAL EQUAL NOT_EQUAL")
def _comparison(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(ir.DataType.BOOL, broadcast([op.shape(_value(node, place)) for place in (0, 1)]))]


@_rule("SELECT_V2")
def _select(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(op.dtype(_value(node, 1)), broadcast([op.shape(_value(node, place)) for place in (0, 1, 2)]))]


@_rule("MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL")
def _reduction(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    data = _value(node, 0)
    return [(op.dtype(data), _reduced(op.shape(data), op.constant_value(node.inputs[1]), options))]


def _reduced(shape: Dims, axes: np.ndarray | None, options: dict[str, Any]) -> Dims:
    if shape is None or axes is None:
        return None
    gone = {int(axis) % len(shape) for axis in axes.reshape(-1)} if shape else set[int]()
    if options.get("keep_dims"):
        return tuple(1 if axis in gone else dim for axis, dim in enumerate(shape))
    return tuple(dim for axis, dim in enumerate(shape) if axis not in gone)


@_rule("ARG_MAX ARG_MIN")
def _argument(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    shape = _reduced(op.shape(_value(node, 0)), op.constant_value(node.inputs[1]), {})
    return [(dtype_named(str(options.get("output_type", "float32"))), shape)]


@_rule("RESHAPE")
def _reshape(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    data = _value(node, 0)
    target, shape = op.constant_value(node.inputs[1]), op.shape(data)
    if target is None:
        width = op.shape(_value(node, 1))
        unknown = (None,) * width[0] if width and isinstance(width[0], int) else None
        return [(op.dtype(data), unknown)]
    dims: list[Dim] = [int(size) if size >= 0 else None for size in target]
    if shape is not None and None in dims and all(isinstance(dim, int) for dim in shape):
        rest = prod(dim for dim in dims if isinstance(dim, int))
        whole = prod(dim for dim in shape if isinstance(dim, int))
        dims[dims.index(None)] = whole // rest if rest else 0
    return [(op.dtype(data), tuple(dims))]


@_rule("TRANSPOSE")
def _transpose(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    data, perm = _value(node, 0), op.constant_value(node.inputs[1])
    shape = op.shape(data)
    known = None if shape is None or perm is None else tuple(shape[int(axis)] for axis in perm)
    return [(op.dtype(data), known)]


@_rule("CONCATENATION")
def _concatenation(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    shapes = [op.shape(value) for value in node.inputs if value is not None]
    dtype = op.dtype(_value(node, 0))
    first = shapes[0]
    if first is None or any(shape is None for shape in shapes):
        return [(dtype, None)]
    axis = int(options.get("axis", 0)) % len(first)
    parts = [shape[axis] for shape in shapes if shape is not None]
    total = sum(part for part in parts if isinstance(part, int)) if all(isinstance(p, int) for p in parts) else None
    return [(dtype, (*first[:axis], total, *first[axis + 1 :]))]


@_rule("EXPAND_DIMS")
def _expand_dims(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    data, axis = _value(node, 0), op.constant_value(node.inputs[1])
    shape = op.shape(data)
    if shape is None or axis is None:
        return [(op.dtype(data), None)]
    place = int(axis.reshape(-1)[0]) % (len(shape) + 1)
    return [(op.dtype(data), (*shape[:place], 1, *shape[place:]))]


@_rule("GATHER")
def _gather(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    data, indices = op.shape(_value(node, 0)), op.shape(_value(node, 1))
    dtype = op.dtype(_value(node, 0))
    if data is None or indices is None:
        return [(dtype, None)]
    axis, batch = int(options.get("axis", 0)) % len(data), int(options.get("batch_dims", 0))
    return [(dtype, (*data[:axis], *indices[batch:], *data[axis + 1 :]))]


@_rule("SHAPE")
def _shape(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    return [(dtype_named(str(options.get("out_type", "float32"))), (op.rank(_value(node, 0)),))]


@_rule("PAD PADV2")
def _pad(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    data, amounts = _value(node, 0), op.constant_value(node.inputs[1])
    shape = op.shape(data)
    if shape is None or amounts is None:
        return [(op.dtype(data), None if shape is None else (None,) * len(shape))]
    dims = [
        dim + int(pads.sum()) if isinstance(dim, int) else None if pads.any() else dim
        for dim, pads in zip(shape, amounts, strict=True)
    ]
    return [(op.dtype(data), tuple(dims))]


@_rule("BATCH_MATMUL")
def _product(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    left, right = (op.shape(_value(node, place)) for place in (0, 1))
    dtype = op.dtype(_value(node, 0))
    batch = broadcast([left and left[:-2], right and right[:-2]])
    if not left or not right or batch is None:
        return [(dtype, None)]
    rows, columns = left[-1 if options.get("adj_x") else -2], right[-2 if options.get("adj_y") else -1]
    return [(dtype, (*batch, rows, columns))]


@_rule("FULLY_CONNECTED")
def _dense(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    data, weights = op.shape(_value(node, 0)), op.shape(_value(node, 1))
    known = None if not data or not weights else (*data[:-1], weights[0])
    return [(op.dtype(_value(node, 0)), known)]


@_rule("PACK")
def _pack(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    shape, dtype = op.shape(_value(node, 0)), op.dtype(_value(node, 0))
    if shape is None:
        return [(dtype, None)]
    axis = int(options.get("axis", 0)) % (len(shape) + 1)
    return [(dtype, (*shape[:axis], len(node.inputs), *shape[axis:]))]


@_rule("UNPACK")
def _unpack(op: LiteBuilder, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
    shape, dtype = op.shape(_value(node, 0)), op.dtype(_value(node, 0))
    if shape is None:
        return [(dtype, None)] * len(node.outputs)
    axis = int(options.get("axis", 0)) % len(shape)
    return [(dtype, (*shape[:axis], *shape[axis + 1 :]))] * len(node.outputs)


@_rule("SLICE STRIDED_SLICE TILE BROADCAST_TO SCATTER_ND GATHER_ND FILL RANGE ONE_HOT SPLIT_V SPLIT TRANSPOSE_CONV")
def _unknown(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    """The shape depends on contents: whoever emits the operator says it."""
    place = {"SCATTER_ND": 1, "FILL": 1, "ONE_HOT": 2, "TRANSPOSE_CONV": 1}.get(node.op_type, 0)
    return [(op.dtype(_value(node, place)), None)] * len(node.outputs)


@_rule("TOPK_V2 UNIQUE")
def _with_places(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(op.dtype(_value(node, 0)), None), (ir.DataType.INT32, None)]


@_rule("WHERE")
def _where(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    return [(ir.DataType.INT64, (None, op.rank(_value(node, 0))))]


@_rule(
    "CONV_2D DEPTHWISE_CONV_2D CONV_3D CONV_3D_TRANSPOSE MAX_POOL_2D AVERAGE_POOL_2D RESIZE_BILINEAR "
    "RESIZE_NEAREST_NEIGHBOR"
)
def _spatial(op: LiteBuilder, node: ir.Node, _options: dict[str, Any]) -> list[Inferred]:
    """Whoever emits the operator says the shape."""
    return [(op.dtype(_value(node, 2 if node.op_type == "CONV_3D_TRANSPOSE" else 0)), None)]
