"""Quantized constants: weights that the model stores as integers behind DequantizeLinear.

While a model is being written, such a constant is a float one, computed when it is needed, that remembers the integers.
What reorders the floats reorders these; what runs on integers takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.quantized import Quantization
from modelwright.hub.shape_rules.windows import flag
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.rewrites.tensors import derived, reshaped, same, sizes_of, transposed

_KEY: Final = "tflite.stored"
_INT8, _UINT8, _INT32 = ir.DataType.INT8, ir.DataType.UINT8, ir.DataType.INT32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The integers behind a constant.

    Attributes:
        tensor: int8, or int32 for a bias.
        quantization: What they mean.
    """

    tensor: ir.TensorProtocol
    quantization: Quantization


def stored_of(value: ir.Value | None) -> Stored | None:
    """The integers behind a constant, if it has some."""
    return None if value is None else value.meta.get(_KEY)


def keep_order(new: ir.Value, old: ir.Value, perm: Sequence[int]) -> ir.Value:
    """Lets ``new``, which is ``old`` transposed, have its integers; returns it."""
    found = stored_of(old)
    if found is not None:
        axis = list(perm).index(found.quantization.axis) if found.quantization.per_channel else 0
        new.meta[_KEY] = Stored(tensor=transposed(found.tensor, perm), quantization=_about(found, axis))
    return new


def keep_shape(new: ir.Value, old: ir.Value, shape: Sequence[int], axis: int | None) -> ir.Value:
    """Lets ``new``, which is ``old`` reshaped, have its integers, with scales along ``axis``; returns it."""
    found = stored_of(old)
    if found is not None and (axis is not None or not found.quantization.per_channel):
        new.meta[_KEY] = Stored(tensor=reshaped(found.tensor, shape), quantization=_about(found, axis or 0))
    return new


def _about(found: Stored, axis: int) -> Quantization:
    return Quantization(scale=found.quantization.scale, zero_point=found.quantization.zero_point, axis=axis)


def settle_stored(graph: ir.Graph, fresh: Callable[[ir.TensorProtocol, str], ir.Value]) -> int:
    """Replaces DequantizeLinear of constants by float constants that remember the integers.

    Args:
        graph: The graph, and in turn its bodies.
        fresh: Makes an initializer of a tensor, with a wish for its name.

    Returns:
        How many there were.
    """
    count = 0
    for node in list(graph):
        for body in subgraphs_of(node):
            count += settle_stored(body, fresh)
        if node.op_type == "DequantizeLinear" and not node.domain:
            count += _settle(node, fresh)
    return count


def _settle(node: ir.Node, fresh: Callable[[ir.TensorProtocol, str], ir.Value]) -> int:
    tensors = [None if value is None or value.is_graph_input() else value.const_value for value in node.inputs]
    if tensors[0] is None or tensors[1] is None or (len(tensors) > 2 and node.inputs[2] is not None and not tensors[2]):
        return 0
    data, scale = tensors[0], tensors[1].numpy()
    zero = (
        tensors[2].numpy() if len(tensors) > 2 and tensors[2] is not None else np.zeros_like(scale, data.dtype.numpy())
    )
    axis, block = flag(node, "axis", 1), flag(node, "block_size", 0)
    value = fresh(_float(data, scale, zero, axis, block), node.inputs[0].name or "weights")  # pyright: ignore[reportOptionalMemberAccess]
    if scale.dtype == np.float32 and not block:
        _remember(value, data, scale, zero, axis)
    old = node.outputs[0]
    if old.is_graph_output() or node.graph is None:
        return 0
    old.replace_all_uses_with(value)
    node.graph.remove(node, safe=True)
    return 1


def _float(data: ir.TensorProtocol, scale: np.ndarray, zero: np.ndarray, axis: int, block: int) -> ir.TensorProtocol:
    dtype = ir.DataType.from_numpy(scale.dtype)
    sizes = sizes_of(data)

    def compute(array: np.ndarray) -> np.ndarray:
        factor, offset = (_spread(item, array.shape, axis, block) for item in (scale, zero))
        wide = array.astype(np.int64) - offset.astype(np.int64) if _whole(data) else array.astype(np.float32) - offset
        return (wide.astype(np.float32) * factor.astype(np.float32)).astype(scale.dtype)

    source = ir.LazyTensor(
        lambda: ir.Tensor(compute(data.numpy()), dtype=dtype), dtype=dtype, shape=ir.Shape(list(sizes)), cache=False
    )
    return derived([source], sizes, same)


def _whole(data: ir.TensorProtocol) -> bool:
    return data.dtype.is_integer()


def _spread(item: np.ndarray, shape: Sequence[int], axis: int, block: int) -> np.ndarray:
    """Scales or zero points in a shape that spreads over the data."""
    if item.size == 1:
        return item.reshape(())
    if block:
        wide = np.repeat(item, block, axis)
        return np.take(wide, range(shape[axis]), axis)
    return item.reshape([-1 if place == axis % len(shape) else 1 for place in range(len(shape))])


def _remember(value: ir.Value, data: ir.TensorProtocol, scale: np.ndarray, zero: np.ndarray, axis: int) -> None:
    offset = zero.astype(np.int64).reshape(-1)
    if data.dtype is _UINT8:
        offset = offset - 128
        data = _as_int8(data)
    if data.dtype not in (_INT8, _INT32):
        return
    place = axis % max(len(sizes_of(data)), 1) if scale.size > 1 else 0
    value.meta[_KEY] = Stored(
        tensor=data, quantization=Quantization(scale=scale.reshape(-1), zero_point=offset, axis=place)
    )


def _as_int8(data: ir.TensorProtocol) -> ir.TensorProtocol:
    source = ir.LazyTensor(
        lambda: ir.Tensor((data.numpy().astype(np.int16) - 128).astype(np.int8)),
        dtype=_INT8,
        shape=ir.Shape(list(sizes_of(data))),
        cache=False,
    )
    return derived([source], sizes_of(data), same)
