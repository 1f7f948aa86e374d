"""Forks' layers that change the size of planes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.caffe.builder import CaffeBuilder
from modelwright.frontends.caffe.operators import caffe_layer


@caffe_layer("Upsample", param="upsample_param")
def upsample(
    op: CaffeBuilder,
    x: ir.Value,
    mask: ir.Value | None = None,
    *,
    scale: int = 2,
    scale_h: int | None = None,
    scale_w: int | None = None,
    pad_out_h: bool = False,
    pad_out_w: bool = False,
    upsample_h: int | None = None,
    upsample_w: int | None = None,
) -> ir.Value:
    """Each element repeated ``scale`` times; with a second bottom put back where MAX pooling took it from.

    That bottom is the second top of the pooling. ``upsample_h`` and ``upsample_w`` give the planes' size then, else it
    is ``scale`` times the bottom's, less 1 for each ``pad_out``.
    """
    factors = [scale if scale_h is None else scale_h, scale if scale_w is None else scale_w]
    if mask is None:
        if pad_out_h or pad_out_w or upsample_h or upsample_w:
            raise op.fail("gives a size of the result, which only unpooling with a second bottom takes")
        scales = op.floats(1, 1, *factors)
        return op.Resize(
            x, None, scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )
    channels, height, width = op.sizes(x, [1, 2, 3])
    rows = upsample_h or height * factors[0] - int(pad_out_h)
    columns = upsample_w or width * factors[1] - int(pad_out_w)
    batch = op.dim_of(x, 0)
    empty = op.ConstantOfShape(op.concat([batch, op.ints(channels, rows * columns)], 0), value=np.zeros(1, np.float32))
    flat = op.reshape(x, [0, channels, height * width])
    places = op.cast(op.reshape(mask, [0, channels, height * width]), ir.DataType.INT64)
    return op.reshape(op.ScatterElements(empty, places, flat, axis=2), [0, channels, rows, columns])


@caffe_layer("Interp", param="interp_param")
def interp(
    op: CaffeBuilder,
    x: ir.Value,
    like: ir.Value | None = None,
    *,
    height: int = 0,
    width: int = 0,
    zoom_factor: int | None = None,
    shrink_factor: int | None = None,
    pad_beg: int = 0,
    pad_end: int = 0,
) -> ir.Value:
    """Bilinear interpolation with the corners in place, to a size, by a factor, or to the second bottom's size.

    ``pad_beg`` and ``pad_end`` are 0 or negative: that many rows and columns are cut off first.
    """
    if pad_beg > 0 or pad_end > 0:
        raise op.fail("pads its bottom", hint="Interp only crops: pad_beg and pad_end are 0 or negative")
    if pad_beg or pad_end:
        x = op.slice(x, [-pad_beg] * 2, [pad_end or None] * 2, [2, 3])
    inside = op.sizes(x, [2, 3])
    if like is not None:
        sizes = op.sizes(like, [2, 3])
    elif height and width:
        sizes = [height, width]
    elif zoom_factor is None and shrink_factor is None:
        raise op.fail("says no size", hint="it takes height and width, zoom_factor, shrink_factor or a second bottom")
    else:
        shrunk = [(size - 1) // (shrink_factor or 1) + 1 for size in inside]
        sizes = [size + (size - 1) * ((zoom_factor or 1) - 1) for size in shrunk]
    if sizes == inside:
        return x
    whole = op.concat([op.slice(op.shape_of(x), [0], [2]), op.ints(sizes)], 0)
    y = op.Resize(x, None, None, whole, mode="linear", coordinate_transformation_mode="align_corners")
    y.shape = ir.Shape([*op.dims(x)[:2], *sizes])
    return y
