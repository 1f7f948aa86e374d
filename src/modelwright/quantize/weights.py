"""Ranges of weights, and weights as integers."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir

from modelwright.quantize.params import TensorParams
from modelwright.quantize.settings import BITS


def constant_bytes(model: ir.Model) -> int:
    """Bytes of all constants of the main graph; none are loaded."""
    tensors = [value.const_value for value in model.graph.initializers.values()]
    return sum(tensor.nbytes for tensor in tensors if tensor is not None)


def channel_ranges(array: np.ndarray, axis: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest number of each channel; of the whole array, with shape (), for an axis of None."""
    others = tuple(index for index in range(array.ndim) if axis is None or index != axis % max(array.ndim, 1))
    low, high = array.min(axis=others, initial=0.0), array.max(axis=others, initial=0.0)
    return np.asarray(low), np.asarray(high)


def pair_ranges(array: np.ndarray, axes: tuple[int, ...], axis: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest sum of two neighbours, where numbers lie one behind another along some axes.

    Args:
        array: Weights.
        axes: The axes along which a product adds, the last one fastest.
        axis: Axis of the channels, none of ``axes``; None for the whole array.

    Returns:
        Two arrays as of `channel_ranges`; 0 where there are no two.
    """
    rest = tuple(place for place in range(array.ndim) if place not in axes)
    length = math.prod(array.shape[place] for place in axes)
    kept = array.transpose(*rest, *axes).reshape(*(array.shape[place] for place in rest), length)
    even = length // 2 * 2
    sums = kept[..., 0:even:2] + kept[..., 1:even:2]
    return channel_ranges(sums, None if axis is None else rest.index(axis % array.ndim))


def block_ranges(array: np.ndarray, axis: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest number of each block along an axis; the last block may be short.

    Returns:
        Two arrays of the array's shape with that axis divided by ``block``, rounded up.
    """
    starts = np.arange(0, array.shape[axis], block)
    low, high = (ufunc.reduceat(array, starts, axis=axis) for ufunc in (np.minimum, np.maximum))
    return low, high


def quantized(array: np.ndarray, params: TensorParams) -> np.ndarray:
    """``saturate(round(x / scale) + zero_point)``, half to even, as ONNX's QuantizeLinear.

    Args:
        array: float32, any shape.
        params: Its numbers.

    Returns:
        Integers of the params' dtype (int8 and uint8 for those of 4 bits), of the array's shape.
    """
    scale, zero = (_spread(part, params, array.shape) for part in (params.scale, params.zero_point))
    steps = np.asarray(np.rint(array / scale))
    steps += zero.astype(np.float64 if params.dtype == "int32" else np.float32)
    least, largest = _limits(params.dtype)
    return np.clip(steps, least, largest, out=steps).astype(_stored(params.dtype))


def dequantized(integers: np.ndarray, params: TensorParams) -> np.ndarray:
    """float32, ``(q - zero_point) * scale``, as ONNX's DequantizeLinear."""
    scale, zero = (_spread(part, params, integers.shape) for part in (params.scale, params.zero_point))
    return ((integers.astype(np.int64) - zero) * scale).astype(np.float32)


def _spread(part: np.ndarray, params: TensorParams, shape: tuple[int, ...]) -> np.ndarray:
    """Scales or zero points in a shape that goes with the array's."""
    if params.block and params.axis is not None:
        return np.repeat(part, params.block, axis=params.axis).take(range(shape[params.axis]), axis=params.axis)
    if params.axis is None or part.ndim == 0:
        return part
    sizes = [1] * len(shape)
    sizes[params.axis] = -1
    return part.reshape(sizes)


def _limits(dtype: str) -> tuple[int, int]:
    if dtype == "int32":
        return -(2**31), 2**31 - 1
    bits = BITS[dtype]
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _stored(dtype: str) -> str:
    return {"int4": "int8", "uint4": "uint8"}.get(dtype, dtype)
