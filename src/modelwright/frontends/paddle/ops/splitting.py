"""Cutting tensors apart along a dimension."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.frontends.paddle.operators import paddle_op

_SPLIT_COUNTS_SINCE = 18


@paddle_op("unstack", "unbind")
def unstack(op: PaddleBuilder, x: ir.Value, *, axis: int = 0, num: int = 0) -> list[ir.Value]:
    """The entries along a dimension, one by one."""
    place = op.axis(axis, op.need_rank(x))
    outputs = op.node.operator.outputs[0]
    count = num or (len(outputs) if isinstance(outputs, tuple) else op.need_size(x, place, "the number of entries"))
    return [op.squeeze(part, [place]) for part in op.split(x, [1] * count, place)]


@paddle_op("split")
def split(
    op: PaddleBuilder,
    x: ir.Value,
    sections: ir.Value | list[ir.Value] | None = None,
    axis_value: ir.Value | None = None,
    *,
    axis: int = 0,
) -> list[ir.Value]:
    """Cuts into parts of given sizes; -1 is what is left."""
    place = op.axis(axis if axis_value is None else op.need_int(axis_value, "the axis"), op.need_rank(x))
    vector = op.joined(sections) if isinstance(sections, list) else sections
    known = None if vector is None else op.constant_value(vector)
    if vector is not None and known is None:
        parts = op.node.operator.outputs[0]
        count = len(parts) if isinstance(parts, tuple) else 1
        made = op.emit("Split", [x, op.vector(vector)], {"axis": place}, outputs=count)
        return list(made) if isinstance(made, tuple) else [made]
    sizes = op.need_ints(vector, "the sizes")
    if -1 in sizes:
        rest = op.need_size(x, place, "the size, for a part that is what is left") - sum(sizes) - 1
        sizes = [rest if size == -1 else size for size in sizes]
    return list(op.split(x, sizes, place))


@paddle_op("split_with_num")
def split_with_num(
    op: PaddleBuilder, x: ir.Value, axis_value: ir.Value | None = None, *, num: int, axis: int = 0
) -> list[ir.Value]:
    """Cuts into equal parts."""
    place = op.axis(axis if axis_value is None else op.need_int(axis_value, "the axis"), op.need_rank(x))
    size = op.sizes(x)[place]
    if num == 1:
        return [op.Identity(x)]
    if size is not None:
        return list(op.split(x, [size // num] * num, place))
    counted = {"num_outputs": num} if op.opset >= _SPLIT_COUNTS_SINCE else {}
    made = op.emit("Split", [x], {"axis": place, **counted}, outputs=num)
    return list(made) if isinstance(made, tuple) else [made]


@paddle_op("program_split")
def program_split(
    op: PaddleBuilder,
    x: ir.Value,
    axis_value: ir.Value | None = None,
    sections: ir.Value | None = None,
    *,
    num: int = 0,
) -> list[ir.Value]:
    """Cuts into equal parts or parts of given sizes."""
    if num:
        return split_with_num(op, x, axis_value, num=num)
    return split(op, x, sections, axis_value)
