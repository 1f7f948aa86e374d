"""The builder that converters get: ``op.UPPER_CASE`` emits a TFLite operator, ``op.CamelCase`` an ONNX one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.emission import Inferred, LiteEmitter
from modelwright.backends.tflite.shapes import infer
from modelwright.formats import Dim

INT32 = ir.DataType.INT32
INT64 = ir.DataType.INT64
FLOAT = ir.DataType.FLOAT
BOOL = ir.DataType.BOOL

_SHORT = 64
"""Elements up to which constants are joined at once."""


class LiteBuilder(LiteEmitter):
    """``LiteEmitter`` with what converters ask for."""

    def infer(self, node: ir.Node, options: dict[str, Any]) -> list[Inferred]:
        """Types and shapes of an operator's results."""
        return infer(self, node, options)

    def wants(self, output: int) -> bool:
        """Whether anything uses that output of the node at hand."""
        if output >= len(self.node.outputs):
            return False
        value = self.node.outputs[output]
        return bool(value.uses()) or value.is_graph_output()

    def result_shape(self, output: int = 0) -> tuple[Dim, ...] | None:
        """What is known of the shape of an output of the node at hand."""
        return self.shape(self.node.outputs[output])

    def need_constant(self, value: ir.Value, what: str) -> np.ndarray:
        """The array a value always holds.

        Raises:
            ConversionError: It is computed at run time.
        """
        array = self.constant_value(value)
        if array is None:
            raise self.fail(f"{what} is computed at run time", hint="export it as a constant")
        return array

    def need_rank(self, value: ir.Value) -> int:
        """The number of dimensions.

        Raises:
            ConversionError: It is not known.
        """
        rank = self.rank(value)
        if rank is None:
            raise self.fail(f"the rank of {value.name!r} is not known", hint="give the inputs fixed shapes")
        return rank

    def need_shape(self, value: ir.Value, axes: Sequence[int] | None = None) -> tuple[int, ...]:
        """The shape, of which the dimensions ``axes`` (all for None) are known; others are -1.

        Raises:
            ConversionError: One of them is not.
        """
        shape = self.shape(value)
        wanted = range(len(shape or ())) if axes is None else [axis % len(shape or (1,)) for axis in axes]
        if shape is None or any(not isinstance(shape[axis], int) for axis in wanted):
            raise self.fail(
                f"the shape of {value.name!r} is not known before it runs", hint="give the inputs fixed shapes"
            )
        return tuple(dim if isinstance(dim, int) else -1 for dim in shape)

    def int32(self, value: ir.Value) -> ir.Value:
        """An integer tensor as int32; sizes and indices beyond are cut to its range where they are constants."""
        array = self.constant_value(value)
        if array is not None:
            limits = np.iinfo(np.int32)
            return self.constant(np.clip(array, limits.min, limits.max).astype(np.int32))
        return self.cast(value, INT32)

    def i32(self, *numbers: int | Sequence[int]) -> ir.Value:
        """A 1-D int32 constant: ``op.i32(1, 2)`` or ``op.i32([1, 2])``."""
        flat: list[int] = []
        for number in numbers:
            flat.extend([number] if isinstance(number, int | np.integer) else [int(item) for item in number])
        return self.constant(np.asarray(flat, np.int32))

    def i32_scalar(self, number: int) -> ir.Value:
        """A 0-D int32 constant."""
        return self.constant(np.asarray(number, np.int32))

    def sizes(self, x: ir.Value) -> ir.Value:
        """The shape as an int32 vector: a constant where it is known."""
        known = self.shapes.static_shape(x)
        return self.i32(known) if known is not None else self.first(self.emit("SHAPE", [x], {"out_type": "int32"}))

    def size_of(self, x: ir.Value, axis: int) -> ir.Value:
        """One dimension as an int32 vector of one element."""
        shape = self.shape(x)
        dim = None if shape is None else shape[axis]
        if isinstance(dim, int):
            return self.i32(dim)
        start = axis if axis >= 0 else self.need_rank(x) + axis
        return self.pick(self.sizes(x), start, start + 1)

    def pick(self, vector: ir.Value, start: int, end: int) -> ir.Value:
        """The entries of a vector from ``start`` up to ``end``."""
        inputs = [vector, self.i32(start), self.i32(end), self.i32(1)]
        return self.first(self.emit("STRIDED_SLICE", inputs, {"shape": (end - start,)}))

    def join(self, parts: Sequence[ir.Value], axis: int = 0) -> ir.Value:
        """Joins; constant parts that are neighbours become one, a single part is returned as it is."""
        merged: list[ir.Value] = []
        for part in parts:
            before = merged[-1] if merged else None
            left, right = self.constant_value(before), self.constant_value(part)
            if before is not None and left is not None and right is not None and left.size + right.size < _SHORT:
                merged[-1] = self.constant(np.concatenate([left, right], axis))
            else:
                merged.append(part)
        return merged[0] if len(merged) == 1 else self.first(self.emit("CONCATENATION", merged, {"axis": axis}))

    def to_shape(self, x: ir.Value, dims: Sequence[Dim]) -> ir.Value:
        """Reshapes where at most one dimension is not known, else through EXPAND_DIMS, SQUEEZE or the shape as data.

        Raises:
            ConversionError: More than one is not known.
        """
        target = [dim if isinstance(dim, int) else -1 for dim in dims]
        if target.count(-1) > 1:
            raise self.fail(
                f"more than one dimension of the shape {list(dims)} is open",
                hint="give the inputs fixed shapes",
            )
        if self.shapes.static_shape(x) == tuple(target):
            return x
        return self.first(self.emit("RESHAPE", [x, self.i32(target)], {"new_shape": target, "shape": tuple(dims)}))

    def moved(self, x: ir.Value, perm: Sequence[int]) -> ir.Value:
        """TRANSPOSE; nothing for the identity, RESHAPE where no element moves."""
        if list(perm) == list(range(len(perm))):
            return x
        return self.first(self.emit("TRANSPOSE", [x, self.i32(list(perm))]))

    def index_of(self, x: ir.Value) -> ir.Value:
        """An integer tensor as indices: int32 or int64."""
        return x if self.dtype(x) in (INT32, INT64) else self.cast(x, INT32)
