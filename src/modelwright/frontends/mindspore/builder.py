"""The builder that MindSpore's converters get: ONNX operators, and arguments as MindSpore gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.dtypes import FLOATS
from modelwright.hub.emitters import OpsetBuilder

Argument = Any
"""A value, or what a constant holds; tuples may have values as members."""


class MindBuilder(OpsetBuilder):
    """``OpsetBuilder`` with what MindSpore's primitives need.

    Attributes:
        op_type: The primitive being converted.
        label: The node's name.
        told: The dtype that the file says of its result.
    """

    op_type: str = ""
    label: str = ""
    told: ir.DataType | None = None

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the node at hand, to raise."""
        return ConversionError(f"{self.op_type} {self.label!r}: {reason}", hint=hint, node=self.label)

    def tensor(self, item: Argument, like: ir.Value | None = None) -> ir.Value:
        """An argument as a tensor; a number takes the dtype of ``like``, if that holds floats or both are integers."""
        if isinstance(item, ir.Value):
            return item
        if isinstance(item, bool | int | float):
            return self._number(item, like)
        if isinstance(item, tuple | list):
            return self.vector(item)
        raise self.fail(f"{item!r} stands where a tensor belongs")

    def _number(self, item: float, like: ir.Value | None) -> ir.Value:
        known = None if like is None else self.dtype(like)
        if known is not None and (known in FLOATS or not isinstance(item, float)):
            return self.constant(np.asarray(item).astype(known.numpy()))
        natural = np.bool_ if isinstance(item, bool) else np.int64 if isinstance(item, int) else np.float32
        return self.constant(np.asarray(item, natural))

    def vector(self, item: Argument) -> ir.Value:
        """Sizes or places as an int64 vector, whether constant or computed, a tuple or a tensor."""
        numbers = self.integers(item)
        if numbers is not None:
            return self.ints(numbers)
        if isinstance(item, ir.Value):
            return self._flat(item)
        return self.concat([self._flat(self.tensor(part)) for part in item], 0)

    def _flat(self, value: ir.Value) -> ir.Value:
        array = self.constant_value(value)
        if array is not None:
            return self.ints([int(number) for number in array.ravel()])
        return self.reshape(self.cast(value, ir.DataType.INT64), [-1])

    def integers(self, item: Argument) -> list[int] | None:
        """The numbers of an argument, flat; None when they are computed while the model runs."""
        if isinstance(item, ir.Value):
            array = self.constant_value(item)
            return None if array is None else [int(number) for number in array.ravel()]
        if isinstance(item, int | float):
            return [int(item)]
        if not isinstance(item, tuple | list):
            raise self.fail(f"{item!r} stands where integers belong")
        found = [self.integers(part) for part in item]
        return None if any(part is None for part in found) else [number for part in found for number in part or ()]

    def need_ints(self, item: Argument, what: str) -> list[int]:
        """Integers that are known before the model runs.

        Raises:
            ConversionError: They are not.
        """
        found = self.integers(item)
        if found is None:
            raise self.fail(f"{what} must be constant", hint="export the model with fixed input shapes")
        return found

    def need_int(self, item: Argument, what: str) -> int:
        """One integer that is known before the model runs."""
        found = self.need_ints(item, what)
        if len(found) != 1:
            raise self.fail(f"{what} is {found} instead of one number")
        return found[0]

    def need_number(self, item: Argument, what: str) -> float:
        """A number that is known before the model runs."""
        array = self.constant_value(item) if isinstance(item, ir.Value) else item
        if not isinstance(array, int | float) and (not isinstance(array, np.ndarray) or array.size != 1):
            raise self.fail(f"{what} must be a constant number")
        return float(array.item() if isinstance(array, np.ndarray) else array)

    def need_rank(self, value: ir.Value) -> int:
        """The number of dimensions.

        Raises:
            ConversionError: It is unknown.
        """
        rank = self.rank(value)
        if rank is None:
            raise self.fail(f"the rank of {value.name!r} is unknown", hint="export the model with fixed input shapes")
        return rank

    def need_sizes(self, value: ir.Value) -> list[int]:
        """All sizes of a value.

        Raises:
            ConversionError: Some are not known.
        """
        found = self.shapes.static_shape(value)
        if found is None:
            raise self.fail(f"the sizes of {value.name!r} are open", hint="export the model with fixed input shapes")
        return list(found)

    def pair(self, a: Argument, b: Argument) -> tuple[ir.Value, ir.Value]:
        """Two arguments of one dtype, as MindSpore promotes them: floats win, then the wider one."""
        first = self.tensor(a, b if isinstance(b, ir.Value) else None)
        second = self.tensor(b, first)
        dtypes = self.dtype(first), self.dtype(second)
        if dtypes[0] == dtypes[1]:
            return first, second
        best = max(dtypes, key=lambda item: (item in FLOATS, item is not ir.DataType.BOOL, item.itemsize))
        return self.cast(first, best), self.cast(second, best)

    def along_channels(self, vector: ir.Value, x: ir.Value) -> ir.Value:
        """A vector of C numbers in the shape [C, 1, ...] that goes with N, C, ..."""
        return self.reshape(vector, [-1, *[1] * (self.need_rank(x) - 2)])

    def members(self, item: Argument) -> list[ir.Value]:
        """The tensors of a tuple."""
        if isinstance(item, tuple | list):
            return [self.tensor(part) for part in item]
        raise self.fail("a tensor stands where a tuple of tensors belongs")

    def axis(self, number: int, rank: int) -> int:
        """An axis counted from the front.

        Raises:
            ConversionError: There is no such axis.
        """
        if not -rank <= number < rank:
            raise self.fail(f"axis {number} of a tensor of {rank} dimensions")
        return number % rank


def told_sizes(numbers: Sequence[int]) -> list[int]:
    """Sizes with -1 replaced by 1, which in Expand keeps what is there."""
    return [1 if number == -1 else number for number in numbers]
