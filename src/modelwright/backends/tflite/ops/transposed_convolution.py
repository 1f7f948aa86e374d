"""Transposed convolutions, with channels last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.backends.tflite.ops.convolution import channels_first, channels_last, kernel_in_order, spread
from modelwright.formats import Dim
from modelwright.rewrites.tensors import derived, sizes_of


@window_op("ConvTranspose")
def conv_transpose(
    op: LiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: list[int] | None = None,
    group: int = 1,
    kernel_shape: list[int] | None = None,
    output_padding: list[int] | None = None,
    output_shape: list[int] | None = None,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> ir.Value:
    """TRANSPOSE_CONV or CONV_3D_TRANSPOSE without padding; borders are cut off or added afterwards."""
    del kernel_shape
    shape = op.need_shape(weights)
    rank, spatial = len(shape), len(shape) - 2
    if rank > 5:
        raise op.fail(f"a convolution over {spatial} dimensions; TFLite has them up to 3")
    tensor = weights.const_value
    gaps, steps = dilations or [1] * spatial, strides or [1] * spatial
    if group > 1 or any(gap > 1 for gap in gaps):
        if tensor is None or weights.is_graph_input():
            raise op.fail("TFLite transposes no dilated or grouped convolution whose weights are computed")
        weights = op.initializer(_ungrouped(spread(tensor, gaps), group), name=weights.name or "weights")
        shape = op.need_shape(weights)
    full = [_full_size(op, x, 2 + axis, shape[2 + axis], steps[axis]) for axis in range(spatial)]
    cuts = _cuts(op, full, auto_pad, pads, output_padding, output_shape, steps, shape[2:])
    beyond = any(side < 0 for sides in cuts for side in sides)
    result = _whole(op, channels_last(op, x), weights, None if beyond else bias, steps, full, rank)
    result = _cut(op, result, cuts, rank)
    if beyond and bias is not None:
        result = op.ADD(result, bias)
    return channels_first(op, result, rank)


def _ungrouped(tensor: ir.TensorProtocol, group: int) -> ir.TensorProtocol:
    """Weights of groups as those of one convolution, zeros where inputs and outputs are of different groups."""
    inputs, outputs, *rest = sizes_of(tensor)
    each = inputs // group

    def compute(array: np.ndarray) -> np.ndarray:
        result = np.zeros((inputs, outputs * group, *rest), array.dtype)
        for number in range(group):
            rows = slice(number * each, (number + 1) * each)
            result[rows, number * outputs : (number + 1) * outputs] = array[rows]
        return result

    return tensor if group == 1 else derived([tensor], (inputs, outputs * group, *rest), compute)


def _full_size(op: LiteBuilder, x: ir.Value, axis: int, kernel: int, step: int) -> Dim:
    size = (op.shape(x) or (None,) * (axis + 1))[axis]
    return (size - 1) * step + kernel if isinstance(size, int) else None


def _whole(
    op: LiteBuilder,
    x: ir.Value,
    weights: ir.Value,
    bias: ir.Value | None,
    steps: Sequence[int],
    full: Sequence[Dim],
    rank: int,
) -> ir.Value:
    count = op.need_shape(weights)[1]
    spatial = list(full) if rank > 3 else [1, *full]
    sizes = op.join([op.size_of(x, 0), *_spatial_sizes(op, x, weights, steps, spatial), op.i32(count)])
    shape = ((op.shape(x) or (None,))[0], *spatial, count)
    options = dict(zip(("stride_h", "stride_w"), steps if len(steps) == 2 else (1, *steps), strict=False))
    if rank == 5:
        options = {f"stride_{axis}": step for axis, step in zip("dhw", steps, strict=True)}
        filters = kernel_in_order(op, weights, (2, 3, 4, 1, 0))
        extra = () if bias is None else (bias,)
        return op.CONV_3D_TRANSPOSE(sizes, filters, x, *extra, padding="VALID", shape=shape, **options)
    filters = kernel_in_order(op, weights, (1, 2, 3, 0))
    bias = op.constant(np.zeros(count, op.dtype(x).numpy())) if bias is None else bias
    return op.TRANSPOSE_CONV(sizes, filters, x, bias, padding="VALID", shape=shape, **options)


def _spatial_sizes(
    op: LiteBuilder, x: ir.Value, weights: ir.Value, steps: Sequence[int], full: Sequence[Dim]
) -> list[ir.Value]:
    kernel = op.need_shape(weights)[2:]
    kernel, strides = (kernel, tuple(steps)) if len(kernel) > 1 else ((1, *kernel), (1, *steps))
    found: list[ir.Value] = []
    for axis, size in enumerate(full):
        if isinstance(size, int):
            found.append(op.i32(size))
            continue
        spread_out = op.MUL(op.size_of(x, 1 + axis), op.i32(strides[axis]))
        found.append(op.ADD(spread_out, op.i32(kernel[axis] - strides[axis])))
    return found


def _cuts(
    op: LiteBuilder,
    full: Sequence[Dim],
    auto_pad: str,
    pads: Sequence[int] | None,
    extra: Sequence[int] | None,
    wanted: Sequence[int] | None,
    steps: Sequence[int],
    kernel: Sequence[int],
) -> list[tuple[int, int]]:
    """What is cut off before and after each dimension; negative for what is added."""
    found: list[tuple[int, int]] = []
    added = extra or [0] * len(full)
    for axis in range(len(full)):
        if not wanted and auto_pad in ("NOTSET", "VALID"):
            before, after = (0, 0) if not pads or auto_pad == "VALID" else (pads[axis], pads[axis + len(full)])
        else:
            total = added[axis] + _total_cut(op, full, axis, wanted, steps, kernel)
            smaller = max(total, 0) // 2
            before = smaller if auto_pad == "SAME_UPPER" else max(total, 0) - smaller
            after = total - before
        found.append((before, after - added[axis]))
    return found


def _total_cut(
    op: LiteBuilder,
    full: Sequence[Dim],
    axis: int,
    wanted: Sequence[int] | None,
    steps: Sequence[int],
    kernel: Sequence[int],
) -> int:
    if not wanted:
        return kernel[axis] - steps[axis]
    size = full[axis]
    if not isinstance(size, int):
        raise op.fail("output_shape over sizes that are not known", hint="give the inputs fixed shapes")
    return size - wanted[len(wanted) - len(full) + axis]


def _cut(op: LiteBuilder, x: ir.Value, cuts: Sequence[tuple[int, int]], rank: int) -> ir.Value:
    sides = [(0, 0), *cuts, (0, 0)] if rank > 3 else [(0, 0), (0, 0), *cuts, (0, 0)]
    if any(before > 0 or after > 0 for before, after in sides):
        x = _cropped(op, x, [(max(before, 0), max(after, 0)) for before, after in sides])
    if any(before < 0 or after < 0 for before, after in sides):
        x = op.PAD(x, op.constant(np.array([(max(-before, 0), max(-after, 0)) for before, after in sides], np.int32)))
    return x


def _cropped(op: LiteBuilder, x: ir.Value, sides: Sequence[tuple[int, int]]) -> ir.Value:
    shape = op.shape(x) or (None,) * len(sides)
    dims = tuple(
        dim - before - after if isinstance(dim, int) else None
        for dim, (before, after) in zip(shape, sides, strict=True)
    )
    dims = tuple(shape[axis] if sides[axis] == (0, 0) else dims[axis] for axis in range(len(sides)))
    return op.STRIDED_SLICE(
        x,
        op.i32([before for before, _ in sides]),
        op.i32([-after for _, after in sides]),
        op.i32([1] * len(sides)),
        end_mask=sum(1 << axis for axis, (_, after) in enumerate(sides) if not after),
        shape=dims,
    )
