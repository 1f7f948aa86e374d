"""Quantized tensors at the border between TFLite's integers and ONNX's real numbers.

A quantized tensor is computed as real numbers and then rounded to its grid: QuantizeLinear and DequantizeLinear stand
between any two operators, the form that ONNX Runtime and the vendors' compilers turn back into integer kernels. Where a
form does not exist (64-bit biases, int16 before opset 21) real numbers or an error stand in its place.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tflite.builder import StoredConstant, TFLiteBuilder
from modelwright.frontends.tflite.model import LiteTensor, Quantization

_WIDE_OPSET = 21
"""First opset whose QuantizeLinear has int16."""

_SMALL = frozenset({ir.DataType.INT8, ir.DataType.UINT8})
_WIDE = frozenset({ir.DataType.INT16, ir.DataType.UINT16})


def is_quantized(tensor: LiteTensor) -> bool:
    """Whether a tensor's numbers stand for others."""
    return tensor.quantization is not None and tensor.dtype is not None and tensor.dtype not in _REAL


_REAL = frozenset({ir.DataType.FLOAT, ir.DataType.FLOAT16, ir.DataType.DOUBLE, ir.DataType.BOOL, ir.DataType.STRING})


def real_array(array: np.ndarray, quantization: Quantization) -> np.ndarray:
    """The float32 numbers that a stored array stands for."""
    shape = [1] * array.ndim
    if quantization.per_channel:
        shape[quantization.axis] = -1
    scale, zero = (item.reshape(shape if array.ndim else ()) for item in (quantization.scale, quantization.zero_point))
    return ((array.astype(np.int64) - zero).astype(np.float32) * scale).astype(np.float32)


def constant_value(op: TFLiteBuilder, tensor: LiteTensor, array: np.ndarray, *, dequantize: bool) -> ir.Value:
    """A constant tensor as a value: of the real numbers if it is quantized.

    Args:
        op: The builder.
        tensor: The tensor.
        array: Its contents.
        dequantize: Whether nothing of the quantization is to be left.
    """
    quantization = tensor.quantization
    if quantization is None or not is_quantized(tensor):
        return op.constant(array, name=tensor.name if array.ndim else "")
    if dequantize or not _storable(op, array):
        return op.constant(real_array(array, quantization), name=tensor.name)
    return op.dequantized(StoredConstant(array=array, quantization=quantization, name=tensor.name))


def _storable(op: TFLiteBuilder, array: np.ndarray) -> bool:
    """Whether DequantizeLinear takes the dtype."""
    return array.dtype.name in ("int8", "uint8", "int32") or (array.dtype.name == "int16" and op.opset >= _WIDE_OPSET)


def border_input(op: TFLiteBuilder, tensor: LiteTensor, value: ir.Value, *, dequantize: bool) -> ir.Value:
    """The real numbers of a quantized graph input; any other input itself."""
    if tensor.quantization is None or not is_quantized(tensor) or dequantize:
        return value
    _check(op, tensor)
    return op.dequantize(value, tensor.quantization)


def border_result(op: TFLiteBuilder, tensor: LiteTensor, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """A quantized result of an operator: as stored, and the real numbers that this leaves.

    Args:
        op: The builder.
        tensor: The result, quantized.
        value: The real numbers computed.
    """
    quantization, dtype = tensor.quantization, tensor.dtype
    if quantization is None or dtype is None:
        raise op.fail(f"{tensor.name!r} is not quantized")
    _check(op, tensor)
    stored = op.quantize(value, quantization, dtype)
    return stored, op.dequantize(stored, quantization)


def _check(op: TFLiteBuilder, tensor: LiteTensor) -> None:
    dtype = tensor.dtype
    if dtype in _SMALL or (dtype in _WIDE and op.opset >= _WIDE_OPSET):
        return
    name = "?" if dtype is None else dtype.name.lower()
    if dtype in _WIDE:
        raise op.fail(
            f"{tensor.name!r} is quantized to {name}, which ONNX has since opset {_WIDE_OPSET}",
            hint=f"choose --opset {_WIDE_OPSET}, or --dequantize for a model of float32",
        )
    raise op.fail(f"{tensor.name!r} is quantized to {name}", hint="--dequantize makes a model of float32")
