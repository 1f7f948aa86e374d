"""Convolutions over one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.ops.windows import window_pads
from modelwright.backends.mindir.terms import reshape, static
from modelwright.errors import ConversionError


@mind_op("Conv")
def conv(
    e: Emitter,
    x: ir.Value,
    w: ir.Value,
    b: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: list[int] | None = None,
    group: int = 1,
    kernel_shape: list[int] | None = None,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Term:
    """Conv2D, for one dimension with a second one of size 1, or Conv3D."""
    weights = static(e, w)
    kernel = kernel_shape or list(weights[2:])
    rank = len(kernel)
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    around = window_pads(e, x, auto_pad, pads, kernel, steps, spread)
    if rank == 3:
        return _conv3d(e, x, w, b, kernel, steps, spread, around, group)
    if rank not in (1, 2):
        raise ConversionError(f"it has {rank} spatial dimensions")
    source, filters = e.term(x), e.term(w)
    if rank == 1:
        source, filters = e.op("ExpandDims", source, 2), e.op("ExpandDims", filters, 2)
        kernel, steps, spread = [1, *kernel], [1, *steps], [1, *spread]
        around = [0, around[0], 0, around[1]]
    result = e.op(
        "Conv2D",
        source,
        filters,
        kernel_size=tuple(kernel),
        mode=1,
        out_channel=weights[0],
        pad=(around[0], around[2], around[1], around[3]),
        pad_mode="pad",
        format="NCHW",
        pad_list=(around[0], around[2], around[1], around[3]),
        groups=group,
        group=group,
        stride=(1, 1, *steps),
        dilation=(1, 1, *spread),
    )
    if b is not None:
        result = e.op("BiasAdd", result, e.term(b), 0)
    return e.op("Squeeze", result, (2,)) if rank == 1 else result


def _conv3d(
    e: Emitter,
    x: ir.Value,
    w: ir.Value,
    b: ir.Value | None,
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    around: Sequence[int],
    group: int,
) -> Term:
    if group != 1:
        raise ConversionError("a convolution of three dimensions has groups")
    flat = tuple(side for pair in zip(around[:3], around[3:], strict=True) for side in pair)
    result = e.op(
        "Conv3D",
        e.term(x),
        e.term(w),
        kernel_size=tuple(kernel),
        mode=1,
        out_channel=static(e, w)[0],
        pad=flat,
        offset_x=0,
        pad_mode="pad",
        format="NCDHW",
        pad_list=flat,
        groups=1,
        group=1,
        stride=tuple(steps),
        strides=(1, 1, *steps),
        dilation=tuple(spread),
        dilations=(1, 1, *spread),
    )
    if b is None:
        return result
    return e.op("Add", result, reshape(e, e.term(b), [1, -1, 1, 1, 1]))
