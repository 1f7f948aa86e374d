"""The preprocessing as ONNX nodes before the network, so that it can be run and compared where there is no chip.

Arithmetic is in float32 with the chip's constants in float16; the conversion of colors is in whole numbers, as the
chip's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.ascend.aipp.config import Aipp
from modelwright.backends.ascend.aipp.request import Preprocessing
from modelwright.errors import UnsupportedError
from modelwright.hub.builder import OpBuilder
from modelwright.hub.shapes import dims_of

_OLDEST_RESIZE = 11


def add_resize(model: ir.Model, name: str, size: tuple[int, int], *, channels_last: bool) -> None:
    """Makes an input take images of another size, which are resized (linear) to what the network takes, in place.

    Args:
        model: The model.
        name: The input, of four dimensions with fixed height and width.
        size: Height and width of what it is to take.
        channels_last: Whether its layout is NHWC.

    Raises:
        UnsupportedError: The model's opset has no such resizing.
    """
    value, op = _begin(model, name)
    if op.opset < _OLDEST_RESIZE:
        raise UnsupportedError(
            f"opset {op.opset} cannot resize images to a given size", hint=f"give --opset {_OLDEST_RESIZE} or newer"
        )
    old = list(dims_of(value.shape) or ())
    new = [old[0], *size, old[3]] if channels_last else [*old[:2], *size]
    arriving = _replace_input(op, value, new, value.dtype)
    sizes = op.ints([dim for dim in old if isinstance(dim, int)])
    if not isinstance(old[0], int):
        sizes = op.Concat(op.Slice(op.Shape(arriving), op.ints(0), op.ints(1)), sizes, axis=0)
    resized = op.Resize(arriving, None, None, sizes, mode="linear", coordinate_transformation_mode="half_pixel")
    ir.convenience.replace_all_uses_with(value, _typed(resized, value))


def add_aipp(model: ir.Model, name: str, prepared: Preprocessing, *, channels_last: bool) -> None:
    """Puts the chip's preprocessing before an input, in place: the model then takes images in uint8.

    The input becomes ``[N, H, W, 3]`` for rgb and bgr, ``[N, H, W, 1]`` for gray and ``[N, H * 3 / 2, W]`` for nv12
    and nv21: the bytes in the order in which they lie in memory.

    Args:
        model: The model; the input has the size that the preprocessing gives.
        name: The input.
        prepared: The preprocessing.
        channels_last: Whether the input's layout is NHWC.
    """
    value, op = _begin(model, name)
    aipp = prepared.aipp
    batch = (dims_of(value.shape) or (1,))[0]
    planar = aipp.conversion.source in ("nv12", "nv21")
    shape = [batch, aipp.height * 3 // 2, aipp.width] if planar else [batch, aipp.height, aipp.width, _depth(aipp)]
    image = _replace_input(op, value, shape, ir.DataType.UINT8)
    pixels = op.Cast(image, to=ir.DataType.INT32.value)
    pixels = _planes(op, pixels, aipp) if planar else pixels
    pixels = _converted(op, _cut(op, _swapped(op, pixels, aipp), aipp), aipp)
    result = _normalized(op, pixels, aipp)
    if not channels_last:
        result = op.Transpose(result, perm=[0, 3, 1, 2])
    dtype = value.dtype or ir.DataType.FLOAT
    if dtype is not ir.DataType.FLOAT:
        result = op.Cast(result, to=dtype.value)
    ir.convenience.replace_all_uses_with(value, _typed(result, value))


def _depth(aipp: Aipp) -> int:
    return 1 if aipp.conversion.source == "gray" else 3


def _begin(model: ir.Model, name: str) -> tuple[ir.Value, OpBuilder]:
    value = next(item for item in model.graph.inputs if item.name == name)
    first = next(iter(model.graph), None)
    return value, OpBuilder(model.graph, model.graph.opset_imports.get("", 0), before=first)


def _replace_input(
    op: OpBuilder, value: ir.Value, shape: Sequence[int | str | None], dtype: ir.DataType | None
) -> ir.Value:
    """A new input of the old one's name in its place; the old one gets another name."""
    new = ir.Value(name=value.name, shape=ir.Shape(shape), type=ir.TensorType(dtype or ir.DataType.FLOAT))
    index = list(op.graph.inputs).index(value)
    op.graph.inputs[index] = new
    value.name = op.names.unique(f"{value.name}:preprocessed")
    return new


def _typed(result: ir.Value, old: ir.Value) -> ir.Value:
    result.shape, result.type, result.name = old.shape, old.type, old.name
    return result


def _planes(op: OpBuilder, pixels: ir.Value, aipp: Aipp) -> ir.Value:
    """``[N, H * 3 / 2, W]`` of Y, then U and V in turn at half the size, as ``[N, H, W, 3]``."""
    height, width = aipp.height, aipp.width
    luma = op.Slice(pixels, op.ints(0), op.ints(height), op.ints(1))
    chroma = op.Slice(pixels, op.ints(height), op.ints(height * 3 // 2), op.ints(1))
    halves = op.Reshape(chroma, op.ints(0, height // 2, 1, width // 2, 1, 2), allowzero=None)
    spread = op.Expand(halves, op.ints(1, 1, 2, 1, 2, 1))
    return op.Concat(
        op.Reshape(luma, op.ints(0, height, width, 1)), op.Reshape(spread, op.ints(0, height, width, 2)), axis=-1
    )


def _swapped(op: OpBuilder, pixels: ir.Value, aipp: Aipp) -> ir.Value:
    if not aipp.conversion.swap:
        return pixels
    order = [0, 2, 1] if aipp.conversion.source in ("nv12", "nv21") else [2, 1, 0]
    return op.Gather(pixels, op.ints(order), axis=3)


def _cut(op: OpBuilder, pixels: ir.Value, aipp: Aipp) -> ir.Value:
    crop = aipp.crop
    if crop is None:
        return pixels
    begin, end = (crop.top, crop.left), (crop.top + crop.height, crop.left + crop.width)
    return op.Slice(pixels, op.ints(begin), op.ints(end), op.ints(1, 2))


def _converted(op: OpBuilder, pixels: ir.Value, aipp: Aipp) -> ir.Value:
    """Colors converted, in float32."""
    matrix = aipp.conversion.matrix
    values = op.Cast(pixels, to=ir.DataType.FLOAT.value)
    if matrix is None:
        return values
    rows = np.array(matrix, np.float32)[: 1 if aipp.conversion.wanted == "gray" else 3]
    products = op.MatMul(op.Sub(values, np.array(aipp.conversion.bias, np.float32)), rows.T.copy())
    shifted = op.Floor(op.Div(products, np.float32(256)))
    return op.Clip(shifted, np.float32(0), np.float32(255))


def _normalized(op: OpBuilder, values: ir.Value, aipp: Aipp) -> ir.Value:
    offset = np.array(aipp.mean, np.float32) + np.array(aipp.minimum, np.float32)
    return op.Mul(op.Sub(values, offset), np.array(aipp.factor, np.float32))
