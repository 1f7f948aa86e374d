"""The builder that Paddle converters get: ONNX operators, the operator at hand, and what the file says of tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError, UsageError
from modelwright.frontends.paddle.model import PaddleBlock, PaddleOperator, PaddleTensor
from modelwright.hub.dtypes import FLOATS, INTEGERS
from modelwright.hub.emitters import OpsetBuilder

Converted = ir.Value | list[ir.Value]
"""What an operand became: a value, or a list of values."""


class OpsetTooLow(UsageError):  # noqa: N818  what is wrong, as an error of the usage
    """An operator needs a newer opset than the one being written.

    Attributes:
        needed: The oldest opset that will do.
    """

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message, hint=f"write --opset {needed} or newer, or let --enable_auto_update_opset raise it")
        self.needed = needed


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorContext:
    """The operator being converted.

    Attributes:
        operator: The operator.
        tensors: What the file says of tensors, by name.
        used: Names that some operator reads or the program gives.
    """

    operator: PaddleOperator
    tensors: Mapping[str, PaddleTensor] = field(default_factory=dict[str, PaddleTensor])
    used: frozenset[str] = frozenset()

    def is_used(self, index: int) -> bool:
        """Whether anything reads the output of that index."""
        outputs = self.operator.outputs
        name = outputs[index] if index < len(outputs) else None
        return name is not None and any(item in self.used for item in ((name,) if isinstance(name, str) else name))

    def said_of_output(self, index: int) -> PaddleTensor | None:
        """What the file says of an output; None when nothing, or when it is a list."""
        outputs = self.operator.outputs
        name = outputs[index] if index < len(outputs) else None
        return self.tensors.get(name) if isinstance(name, str) else None


Bodies = Callable[[PaddleBlock, Sequence[Converted], "PaddleBuilder"], list[Converted]]
"""Converts a block with the builder given: the block and its arguments to its results."""

PROMOTION = (
    ir.DataType.DOUBLE,
    ir.DataType.FLOAT,
    ir.DataType.BFLOAT16,
    ir.DataType.FLOAT16,
    ir.DataType.INT64,
    ir.DataType.INT32,
    ir.DataType.INT16,
    ir.DataType.UINT8,
    ir.DataType.INT8,
    ir.DataType.BOOL,
)
"""Element types from the widest; of two different ones the wider is computed with."""


class PaddleBuilder(OpsetBuilder):
    """``OpsetBuilder`` with what Paddle's operators need.

    Attributes:
        node: The operator being converted.
        said: What the file says of values.
        convert_block: Converts the body of a branch or loop; set by the conversion.
    """

    node: OperatorContext
    said: dict[ir.Value, PaddleTensor]
    convert_block: Bodies

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the operator at hand, to raise."""
        operator = self.node.operator
        return ConversionError(f"{operator.source} {operator.name!r}: {reason}", hint=hint, node=operator.name)

    def need_opset(self, opset: int, why: str) -> None:
        """Checks that the opset being written has what the operator needs.

        Raises:
            OpsetTooLow: It is older.
        """
        if self.opset < opset:
            operator = self.node.operator
            raise OpsetTooLow(f"{operator.source} {operator.name!r}: {why} needs opset {opset}", opset)

    def need_constant(self, value: ir.Value, what: str) -> np.ndarray:
        """The array a value always holds.

        Raises:
            ConversionError: It is computed at run time.
        """
        array = self.constant_value(value)
        if array is None:
            raise self.fail(
                f"{what} must be a constant, but {value.name!r} is computed at run time",
                hint="give fixed input shapes with --input_shape_dict",
            )
        return array

    def need_ints(self, value: ir.Value | None, what: str) -> list[int]:
        """The integers a value always holds, flat; none for None."""
        return [] if value is None else [int(item) for item in self.need_constant(value, what).reshape(-1)]

    def need_int(self, value: ir.Value, what: str) -> int:
        """The one integer a value always holds."""
        found = self.need_ints(value, what)
        if len(found) != 1:
            raise self.fail(f"{what} has {len(found)} numbers, not one")
        return found[0]

    def need_number(self, value: ir.Value, what: str) -> float:
        """The one number a value always holds."""
        return float(self.need_constant(value, what).reshape(-1)[0])

    def need_rank(self, value: ir.Value) -> int:
        """The number of dimensions, inferred, else as the file says.

        Raises:
            ConversionError: It is unknown.
        """
        rank = self.rank(value)
        said = self.said.get(value)
        if rank is None and said is not None and said.shape is not None:
            rank = len(said.shape)
        if rank is None:
            raise self.fail(f"the rank of {value.name!r} is unknown", hint="give input shapes with --input_shape_dict")
        return rank

    def sizes(self, value: ir.Value) -> list[int | None]:
        """Sizes of the dimensions, None for those that vary."""
        rank = self.need_rank(value)
        return [size if isinstance(size, int) else None for size in self.shape(value) or (None,) * rank]

    def need_size(self, value: ir.Value, axis: int, what: str) -> int:
        """The size of one dimension.

        Raises:
            ConversionError: It varies.
        """
        size = self.sizes(value)[axis]
        if size is None:
            raise self.fail(
                f"{what} must be known, but dimension {axis} of {value.name!r} varies",
                hint="give input shapes with --input_shape_dict",
            )
        return size

    def axis(self, axis: int, rank: int) -> int:
        """An axis counted from the front.

        Raises:
            ConversionError: There is no such axis.
        """
        if not -rank <= axis < max(rank, 1):
            raise self.fail(f"axis {axis} does not exist in a tensor of rank {rank}")
        return axis + rank if axis < 0 else axis

    def axes(self, value: ir.Value | Sequence[int] | None, rank: int, what: str = "axis") -> list[int]:
        """Axes counted from the front, sorted."""
        found = self.need_ints(value, what) if isinstance(value, ir.Value) or value is None else list(value)
        return sorted({self.axis(axis, rank) for axis in found})

    def int64(self, value: ir.Value) -> ir.Value:
        """The value as int64, the type ONNX wants for sizes and positions; constants are converted here."""
        array = self.constant_value(value)
        if array is not None and array.dtype.kind in "iuf" and array.size < 1024:
            return self.constant(array.astype(np.int64))
        return self.cast(value, ir.DataType.INT64)

    def vector(self, value: ir.Value) -> ir.Value:
        """A tensor of any rank as an int64 vector."""
        array = self.constant_value(value)
        if array is not None:
            return self.ints([int(item) for item in array.reshape(-1)])
        return self.int64(value) if self.rank(value) == 1 else self.reshape(self.int64(value), [-1])

    def joined(self, values: Sequence[ir.Value]) -> ir.Value:
        """One-element tensors as one int64 vector."""
        return self.concat([self.vector(value) for value in values], 0)

    def single(self, value: ir.Value) -> ir.Value:
        """A one-element tensor as one of rank 0."""
        array = self.constant_value(value)
        if array is not None and array.size == 1:
            return self.constant(array.reshape(()))
        return value if self.rank(value) == 0 else self.reshape(value, self.constant(np.zeros(0, np.int64)))

    def number(self, value: float | ir.Value, like: ir.Value) -> ir.Value:
        """A number or one-element tensor of the dtype of ``like``, of rank 0."""
        if not isinstance(value, ir.Value):
            return self.scalar(value, like)
        array = self.constant_value(value)
        if array is not None and array.size == 1:
            return self.constant(array.reshape(()).astype(self.dtype(like).numpy()))
        return self.cast(self.single(value), self.dtype(like))

    def aligned(self, x: ir.Value, y: ir.Value) -> tuple[ir.Value, ir.Value]:
        """Both in the wider of their element types."""
        mine, other = self.dtype(x), self.dtype(y)
        if mine is other:
            return x, y
        wider = min(mine, other, key=lambda item: PROMOTION.index(item) if item in PROMOTION else -1)
        return self.cast(x, wider), self.cast(y, wider)

    def as_float(self, x: ir.Value) -> ir.Value:
        """``x`` as it is if it holds floats, else as float32."""
        return x if self.dtype(x) in FLOATS else self.cast(x, ir.DataType.FLOAT)

    def is_integer(self, x: ir.Value) -> bool:
        """Whether a tensor holds integers."""
        return self.dtype(x) in INTEGERS

    def output_dtype(self, index: int = 0) -> ir.DataType | None:
        """The element type that the file states for an output."""
        said = self.node.said_of_output(index)
        return None if said is None else said.dtype

    def subgraph_builder(self, graph: ir.Graph) -> PaddleBuilder:
        """A builder for the body of an If or a Loop that shares names, constants and knowledge with this one."""
        inner = PaddleBuilder(graph, self.opset, names=self.names, shapes=self.shapes, constants=self._constants)
        inner.node, inner.said, inner.convert_block = self.node, self.said, self.convert_block
        inner._shared = self._shared
        inner.origin = self.origin
        return inner
