"""The builder that TFLite converters get: ONNX operators plus the operator at hand and quantized constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.frontends.tflite.model import LiteTensor, Quantization
from modelwright.hub.emitters import OpsetBuilder


@dataclass(slots=True, kw_only=True)
class OperatorContext:
    """The operator being converted.

    Attributes:
        op_type: Its name.
        name: The name of its first output, by which messages call it.
        inputs: Its input tensors, None for those left out.
        outputs: Its output tensors.
        custom_options: A custom operator's options, as bytes.
    """

    op_type: str = ""
    name: str = ""
    inputs: tuple[LiteTensor | None, ...] = ()
    outputs: tuple[LiteTensor, ...] = ()
    custom_options: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConstant:
    """A quantized constant: the integers, and what they mean."""

    array: np.ndarray
    quantization: Quantization
    name: str


@dataclass(slots=True, kw_only=True)
class Border:
    """What the conversion keeps about quantized values, shared by all graphs of a model.

    Attributes:
        stored: The stored constant behind a value that stands for its real numbers.
    """

    stored: dict[ir.Value, StoredConstant] = field(default_factory=dict[ir.Value, StoredConstant])


Bodies = Callable[[int, Sequence[ir.Value], "TFLiteBuilder"], list[ir.Value]]
"""Converts a subgraph with the builder given: its number and arguments to its results."""


class TFLiteBuilder(OpsetBuilder):
    """``OpsetBuilder`` with what TFLite's operators need.

    Attributes:
        node: The operator being converted.
        border: Knowledge about quantized values.
        convert_subgraph: Converts the body of a branch or loop; set by the conversion.
    """

    node: OperatorContext
    border: Border
    convert_subgraph: Bodies

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the operator at hand, to raise."""
        return ConversionError(f"{self.node.op_type} {self.node.name!r}: {reason}", hint=hint, node=self.node.name)

    def need_constant(self, value: ir.Value, what: str) -> np.ndarray:
        """The array a value always holds.

        Raises:
            ConversionError: It is computed at run time.
        """
        array = self.constant_value(value)
        if array is None:
            raise self.fail(
                f"{what} must be a constant, but {value.name!r} is computed at run time",
                hint="convert the source again with fixed input shapes",
            )
        return array

    def need_ints(self, value: ir.Value, what: str) -> list[int]:
        """The integers a value always holds, flat."""
        return [int(item) for item in self.need_constant(value, what).reshape(-1)]

    def need_rank(self, value: ir.Value) -> int:
        """The number of dimensions.

        Raises:
            ConversionError: It is unknown.
        """
        rank = self.rank(value)
        if rank is None:
            raise self.fail(f"the rank of {value.name!r} is unknown", hint="convert the source with fixed input shapes")
        return rank

    def int64(self, value: ir.Value) -> ir.Value:
        """The value as int64, the type ONNX wants for sizes and positions; constants are converted here."""
        array = self.constant_value(value)
        if array is not None and array.dtype.kind in "iu":
            return self.constant(array.astype(np.int64))
        return self.cast(value, ir.DataType.INT64)

    def vector(self, value: ir.Value) -> ir.Value:
        """A scalar as an int64 vector of one element."""
        array = self.constant_value(value)
        if array is not None and array.size == 1:
            return self.ints(int(array.reshape(-1)[0]))
        return self.reshape(self.int64(value), [1])

    def first(self, x: ir.Value) -> ir.Value:
        """N, spatial..., C to N, C, spatial..."""
        rank = self.need_rank(x)
        return self.transpose(x, [0, rank - 1, *range(1, rank - 1)])

    def last(self, x: ir.Value, rank: int) -> ir.Value:
        """N, C, spatial... of that rank to N, spatial..., C."""
        return self.transpose(x, [0, *range(2, rank), 1])

    def weights(self, value: ir.Value, perm: Sequence[int]) -> ir.Value:
        """Weights with their dimensions permuted; quantized constants are permuted as integers.

        The integers then stand directly before their DequantizeLinear, and that before its user, as backends want it.
        """
        stored = self.border.stored.get(value)
        if stored is None:
            return self.transpose(value, perm)
        quantization = stored.quantization
        axis = list(perm).index(quantization.axis) if quantization.per_channel else 0
        turned = Quantization(scale=quantization.scale, zero_point=quantization.zero_point, axis=axis)
        array = np.ascontiguousarray(stored.array.transpose(perm))
        return self.dequantized(StoredConstant(array=array, quantization=turned, name=stored.name))

    def dequantized(self, constant: StoredConstant) -> ir.Value:
        """DequantizeLinear of a quantized constant."""
        stored = self.constant(constant.array, name=constant.name)
        value = self.dequantize(stored, constant.quantization, name=constant.name)
        self.border.stored[value] = constant
        return value

    def dequantize(self, value: ir.Value, quantization: Quantization, *, name: str = "") -> ir.Value:
        """The real numbers that stored ones stand for.

        Args:
            value: Stored numbers.
            quantization: What they mean.
            name: Of weights, their name: scales and zero points are called after it and belong to them alone.
        """
        parameters = self._parameters(quantization, self.dtype(value), name)
        value = self.DequantizeLinear(value, *parameters, **_axis(quantization))
        value.dtype = ir.DataType.FLOAT
        return value

    def quantize(self, value: ir.Value, quantization: Quantization, dtype: ir.DataType) -> ir.Value:
        """Real numbers as stored ones of ``dtype``, rounded and saturated."""
        value = self.QuantizeLinear(value, *self._parameters(quantization, dtype), **_axis(quantization))
        value.dtype = dtype
        return value

    def _parameters(
        self, quantization: Quantization, dtype: ir.DataType, name: str = ""
    ) -> tuple[ir.Value, ir.Value | None]:
        scale, zero = quantization.scale.astype(np.float32), quantization.zero_point
        if not quantization.per_channel:
            scale, zero = scale.reshape(()), zero.reshape(())
        stored_scale = self.constant(scale, name=f"{name}_scale" if name else "")
        if dtype is ir.DataType.INT32:
            return stored_scale, None
        return stored_scale, self.constant(zero.astype(dtype.numpy()), name=f"{name}_zero_point" if name else "")

    def subgraph_builder(self, graph: ir.Graph) -> TFLiteBuilder:
        """A builder for the body of an If or a Loop that shares names, constants and knowledge with this one."""
        inner = TFLiteBuilder(graph, self.opset, names=self.names, shapes=self.shapes, constants=self._constants)
        inner.node, inner.border, inner.convert_subgraph = self.node, self.border, self.convert_subgraph
        inner._shared = self._shared
        inner.origin = self.origin
        return inner


def _axis(quantization: Quantization) -> dict[str, int]:
    return {"axis": quantization.axis} if quantization.per_channel else {}
