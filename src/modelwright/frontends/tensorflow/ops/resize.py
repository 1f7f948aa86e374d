"""Resizing of images.

TensorFlow finds the place in the source that a result's pixel ``i`` comes from in one of three ways, with
``scale = in / out``: ``i * scale``; with ``align_corners`` ``i * (in - 1) / (out - 1)``; with ``half_pixel_centers``
``(i + 0.5) * scale - 0.5``. They are ONNX's ``asymmetric``, ``align_corners`` and ``half_pixel``.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.frontends.tensorflow.ops.resize_weights import area_weights, cubic_is_tabular, cubic_weights
from modelwright.hub.dtypes import INTEGERS

_NEAREST_KERNELS = frozenset(
    {ir.DataType.FLOAT, ir.DataType.FLOAT16, ir.DataType.INT8, ir.DataType.UINT8, ir.DataType.INT32}
)
_WIDE = frozenset({ir.DataType.INT64, ir.DataType.UINT32, ir.DataType.UINT64})


@tf_op("ResizeBilinear")
def resize_bilinear(
    op: TensorFlowBuilder,
    images: ir.Value,
    size: ir.Value,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> ir.Value:
    """Linear interpolation between four pixels; the result is float32 whatever the images are."""
    first = op.channels_first(op.cast(images, ir.DataType.FLOAT), "NHWC")
    mode = coordinates(op, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    y = _resize(op, first, size, mode="linear", coordinate_transformation_mode=mode)
    return op.from_channels_first(y, "NHWC")


@tf_op("ResizeNearestNeighbor")
def resize_nearest_neighbor(
    op: TensorFlowBuilder,
    images: ir.Value,
    size: ir.Value,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> ir.Value:
    """The pixel at the place rounded down, or to the nearest with ``align_corners``.

    With known sizes for which float32 rounding would lead ONNX Runtime to another pixel, rows and columns are gathered.
    """
    mode = coordinates(op, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    picks = _nearest_picks(op, images, size, mode)
    if picks is not None:
        return op.gather(op.gather(images, op.ints(picks[0].tolist()), axis=1), op.ints(picks[1].tolist()), axis=2)
    dtype = op.attribute_dtype("T")
    through = _nearest_dtype(op, dtype)
    first = op.channels_first(op.cast(images, through), "NHWC")
    rounding = "floor" if mode == "asymmetric" else "round_prefer_ceil"
    y = _resize(op, first, size, mode="nearest", coordinate_transformation_mode=mode, nearest_mode=rounding)
    return op.from_channels_first(op.cast(y, dtype), "NHWC")


@tf_op("ResizeBicubic")
def resize_bicubic(
    op: TensorFlowBuilder,
    images: ir.Value,
    size: ir.Value,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> ir.Value:
    """Keys' cubic convolution, float32: a = -0.5 without what lies outside for ``half_pixel_centers``, else a = -0.75.

    TensorFlow rounds places to 1/1024 pixel. Where that changes values and the sizes are known, the image is multiplied
    by matrices of its weights instead, and so for smaller
    images, which ONNX Runtime cannot make beside a transposition.
    """
    mode = coordinates(op, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    first = op.channels_first(op.cast(images, ir.DataType.FLOAT), "NHWC")
    known = _known_sizes(op, images, size)
    if known is not None and not all(
        before <= after and cubic_is_tabular(before, after, mode) for before, after in known
    ):
        rows, columns = (cubic_weights(before, after, mode) for before, after in known)
        return op.from_channels_first(_separable(op, first, rows, columns), "NHWC")
    y = _resize(
        op,
        first,
        size,
        mode="cubic",
        coordinate_transformation_mode=mode,
        cubic_coeff_a=-0.5 if half_pixel_centers else -0.75,
        exclude_outside=int(half_pixel_centers),
    )
    return op.from_channels_first(y, "NHWC")


@tf_op("ResizeArea")
def resize_area(op: TensorFlowBuilder, images: ir.Value, size: ir.Value, *, align_corners: bool = False) -> ir.Value:
    """The mean of the source under each pixel of the result, float32; by matrices of shares."""
    known = _known_sizes(op, images, size)
    if known is None:
        raise op.fail("ResizeArea needs known sizes", hint="fix the input's size with --inputs name[...]")
    first = op.channels_first(op.cast(images, ir.DataType.FLOAT), "NHWC")
    rows, columns = (area_weights(before, after, align_corners=align_corners) for before, after in known)
    return op.from_channels_first(_separable(op, first, rows, columns), "NHWC")


def coordinates(op: TensorFlowBuilder, *, align_corners: bool, half_pixel_centers: bool) -> str:
    """ONNX's name of the coordinate transformation.

    Raises:
        ConversionError: Both ways are asked for.
    """
    if align_corners and half_pixel_centers:
        raise op.fail("asks for align_corners and half_pixel_centers at once", hint="TensorFlow cannot run it either")
    return "align_corners" if align_corners else "half_pixel" if half_pixel_centers else "asymmetric"


def _resize(op: TensorFlowBuilder, x: ir.Value, size: ir.Value, **attributes: object) -> ir.Value:
    """Resize of ``[N, C, H, W]`` to ``size``, in the form that keeps the most dimensions known."""
    shape, target = op.shape(x), op.constant_value(size)
    if shape is None or target is None:
        outer = op.slice(op.shape_of(x), [0], [2], [0])
        return op.Resize(x, None, None, op.concat([outer, op.cast(size, ir.DataType.INT64)], 0), **attributes)
    after = [int(number) for number in target]
    outer_sizes = [dim for dim in shape[:2] if isinstance(dim, int)]
    factors = [_exact_factor(dim, number) for dim, number in zip(shape[2:], after, strict=True)]
    if len(outer_sizes) == len(shape[:2]):
        y = op.Resize(x, None, None, op.ints([*outer_sizes, *after]), **attributes)
    elif None not in factors:
        y = op.Resize(x, None, op.constant(np.asarray([1, 1, *factors], np.float32)), **attributes)
    else:
        outer = op.slice(op.shape_of(x), [0], [2], [0])
        y = op.Resize(x, None, None, op.concat([outer, op.ints(after)], 0), **attributes)
    y.shape = ir.Shape([*shape[:2], *after])
    return y


def _exact_factor(before: int | str | None, after: int) -> float | None:
    """The float32 factor from one size to another, if the product is not rounded: not in float64 and not in float32.

    Implementations compute the product in either.
    """
    if not isinstance(before, int) or not before:
        return None
    factor = np.float32(after) / np.float32(before)
    return float(factor) if before * float(factor) == after and np.float32(before) * factor == after else None


def _known_sizes(op: TensorFlowBuilder, images: ir.Value, size: ir.Value) -> list[tuple[int, int]] | None:
    """Height and width before and after, or None if one is unknown."""
    shape, target = op.shape(images), op.constant_value(size)
    if shape is None or target is None:
        return None
    before = [dim for dim in shape[1:3] if isinstance(dim, int)]
    return list(zip(before, target.tolist(), strict=True)) if len(before) == 2 else None


def _nearest_picks(
    op: TensorFlowBuilder, images: ir.Value, size: ir.Value, mode: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows and columns to gather when Resize would not choose TensorFlow's; None when it does or nothing is known."""
    known = _known_sizes(op, images, size)
    if known is None:
        return None
    wanted = [_source_pixels(before, after, mode) for before, after in known]
    got = [_resize_pixels(before, after, mode) for before, after in known]
    kernel = op.attribute_dtype("T") in _NEAREST_KERNELS
    if kernel and all(np.array_equal(mine, theirs) for mine, theirs in zip(wanted, got, strict=True)):
        return None
    return wanted[0], wanted[1]


def _source_pixels(before: int, after: int, mode: str) -> np.ndarray:
    """The source's index of every result, computed in float32 as TensorFlow does."""
    places = np.arange(after, dtype=np.float32)
    if mode == "align_corners" and after > 1:
        places = np.floor(places * (np.float32(before - 1) / np.float32(after - 1)) + np.float32(0.5))
    else:
        shift = np.float32(0.5 if mode == "half_pixel" else 0)
        places = np.floor((places + shift) * (np.float32(before) / np.float32(after)))
        if mode == "align_corners":
            places = np.zeros(1, np.float32)
    return np.clip(places, 0, before - 1).astype(np.int64)


def _resize_pixels(before: int, after: int, mode: str) -> np.ndarray:
    """The source's index of every result as ONNX defines it, computed in float32."""
    places = np.arange(after, dtype=np.float32)
    factor = np.float32(after) / np.float32(before)
    if mode == "align_corners":
        span = np.float32(after - 1)
        places = np.floor(places * np.float32(before - 1) / span + np.float32(0.5)) if after > 1 else places * 0
    elif mode == "half_pixel":
        places = np.floor(((places + np.float32(0.5)) / factor - np.float32(0.5)) + np.float32(0.5))
    else:
        places = np.floor(places / factor)
    return np.clip(places, 0, before - 1).astype(np.int64)


def _nearest_dtype(op: TensorFlowBuilder, dtype: ir.DataType) -> ir.DataType:
    """A dtype that ONNX Runtime resizes and that holds every value of ``dtype`` (float64: to float32's precision)."""
    if dtype in _NEAREST_KERNELS:
        return dtype
    if dtype in _WIDE:
        raise op.fail(f"resizes {dtype.name.lower()} to an unknown size", hint="fix the sizes with --inputs name[...]")
    return ir.DataType.INT32 if dtype in INTEGERS else ir.DataType.FLOAT


def _separable(op: TensorFlowBuilder, x: ir.Value, rows: np.ndarray, columns: np.ndarray) -> ir.Value:
    """``rows @ x @ columns.T`` on the last two axes; both matrices are ``[after, before]``."""
    wide = op.MatMul(x, op.constant(np.ascontiguousarray(columns.T)))
    return op.MatMul(op.constant(rows), wide)
