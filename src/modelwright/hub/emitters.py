"""Operators whose form depends on the opset, behind one spelling each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.hub.builder import OpBuilder

_INT64_MAX = 2**63 - 1


def _one(value: ir.Value | tuple[ir.Value, ...]) -> ir.Value:
    return cast("ir.Value", value)


class OpsetBuilder(OpBuilder):
    """An ``OpBuilder`` with helpers that write the form each opset wants."""

    def axes_operator(
        self, op_type: str, x: ir.Value, axes: Sequence[int] | None, *, since: int, keepdims: bool | None = None
    ) -> ir.Value:
        """Emits an operator whose ``axes`` moved from an attribute to an input at opset ``since``."""
        attributes: dict[str, object] = {} if keepdims is None else {"keepdims": int(keepdims)}
        if axes is None:
            return _one(self.emit(op_type, [x], attributes))
        if self.opset >= since:
            return _one(self.emit(op_type, [x, self.ints(list(axes))], attributes))
        return _one(self.emit(op_type, [x], {**attributes, "axes": list(axes)}))

    def reduce(self, op_type: str, x: ir.Value, axes: Sequence[int] | None, *, keepdims: bool) -> ir.Value:
        """``ReduceSum`` and its kin over ``axes``; None reduces all, an empty list nothing."""
        if axes is not None and not axes:
            return x
        return self.axes_operator(op_type, x, axes, since=13 if op_type == "ReduceSum" else 18, keepdims=keepdims)

    def squeeze(self, x: ir.Value, axes: Sequence[int] | None = None) -> ir.Value:
        """Drops axes of size 1; all of them for None."""
        return x if axes is not None and not axes else self.axes_operator("Squeeze", x, axes, since=13)

    def unsqueeze(self, x: ir.Value, axes: Sequence[int]) -> ir.Value:
        """Puts axes of size 1 in, counted in the result."""
        return x if not axes else self.axes_operator("Unsqueeze", x, axes, since=13)

    def reshape(self, x: ir.Value, shape: Sequence[int] | ir.Value) -> ir.Value:
        """Reshapes; 0 copies a dimension and -1 is computed, as in ONNX."""
        target = shape if isinstance(shape, ir.Value) else self.ints(list(shape))
        return _one(self.emit("Reshape", [x, target]))

    def transpose(self, x: ir.Value, perm: Sequence[int]) -> ir.Value:
        """Permutes dimensions; nothing is emitted for the identity."""
        return x if list(perm) == list(range(len(perm))) else _one(self.emit("Transpose", [x], {"perm": list(perm)}))

    def cast(self, x: ir.Value, dtype: ir.DataType) -> ir.Value:
        """Casts unless the value is known to have that dtype."""
        if self.shapes.dtype(x) is dtype:
            return x
        return _one(self.emit("Cast", [x], {"to": int(dtype)}))

    def concat(self, values: Sequence[ir.Value], axis: int) -> ir.Value:
        """Joins along ``axis``; one value is returned as it is."""
        return values[0] if len(values) == 1 else _one(self.emit("Concat", list(values), {"axis": axis}))

    def gather(self, x: ir.Value, indices: ir.Value | int | Sequence[int], axis: int = 0) -> ir.Value:
        """Picks entries along ``axis``; a single int drops the axis."""
        if not isinstance(indices, ir.Value):
            indices = self.constant(np.asarray(indices, dtype=np.int64))
        return _one(self.emit("Gather", [x, indices], {"axis": axis}))

    def slice(
        self,
        x: ir.Value,
        starts: Sequence[int],
        ends: Sequence[int | None],
        axes: Sequence[int] | None = None,
        steps: Sequence[int] | None = None,
    ) -> ir.Value:
        """Cuts constant ranges; an end of None goes to the last element (or, with a negative step, past the first)."""
        signs = steps if steps is not None else [1] * len(starts)
        stops = [
            end if end is not None else (_INT64_MAX if step > 0 else -_INT64_MAX)
            for end, step in zip(ends, signs, strict=True)
        ]
        inputs: list[ir.Value | None] = [x, self.ints(list(starts)), self.ints(stops)]
        inputs.append(self.ints(list(axes)) if axes is not None else None)
        inputs.append(self.ints(list(steps)) if steps is not None and any(step != 1 for step in steps) else None)
        if inputs[3] is None and inputs[4] is not None:
            inputs[3] = self.ints(list(range(len(starts))))
        return _one(self.emit("Slice", inputs))

    def split(self, x: ir.Value, sizes: Sequence[int], axis: int) -> tuple[ir.Value, ...]:
        """Cuts into parts of the sizes given."""
        if len(sizes) == 1:
            return (x,)
        return cast(
            "tuple[ir.Value, ...]",
            self.emit("Split", [x, self.ints(list(sizes))], {"axis": axis}, outputs=len(sizes)),
        )

    def pad(
        self, x: ir.Value, pads: Sequence[int] | ir.Value, *, mode: str = "constant", value: ir.Value | None = None
    ) -> ir.Value:
        """Pads; ``pads`` is all begins, then all ends, one each for every axis."""
        amounts = pads if isinstance(pads, ir.Value) else self.ints(list(pads))
        return _one(self.emit("Pad", [x, amounts, value], {"mode": mode}))

    def shape_of(self, x: ir.Value) -> ir.Value:
        """The shape as a 1-D int64 tensor; a constant when it is fully known."""
        static = self.shapes.static_shape(x)
        return self.ints(list(static)) if static is not None else _one(self.emit("Shape", [x]))

    def dim_of(self, x: ir.Value, axis: int) -> ir.Value:
        """One dimension as a 1-D int64 tensor of one element; a constant when it is known."""
        shape = self.shapes.shape(x)
        if shape is not None:
            dim = shape[axis]
            if isinstance(dim, int):
                return self.ints(dim)
        return _one(self.emit("Gather", [self.emit("Shape", [x]), self.ints(axis)], {"axis": 0}))  # pyright: ignore[reportArgumentType]

    def clip(self, x: ir.Value, low: float | None, high: float | None) -> ir.Value:
        """Clips to constants of the dtype of ``x``."""
        bounds = [None if bound is None else self.scalar(bound, x) for bound in (low, high)]
        return _one(self.emit("Clip", [x, *bounds]))
