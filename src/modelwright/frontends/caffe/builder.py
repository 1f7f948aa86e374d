"""The builder that layer converters get: ONNX operators plus the layer at hand, its weights and Caffe's shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.formats import Dim
from modelwright.frontends.caffe.blobs import Blob
from modelwright.hub.emitters import OpsetBuilder

MOST_ELEMENTS: Final = 2**31 - 1
"""What a blob may hold in Caffe."""

MOST_COMPUTED: Final = 10**8
"""What a constant may hold that a converter computes; larger ones come from damaged nets."""


class BatchFixed(ConversionError):  # noqa: N818  what is found, rather than what went wrong
    """A layer needs the size of a dimension that is to stay open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContext:
    """The layer being converted.

    Attributes:
        type: Its type.
        name: Its name.
        tops: How many tops it has.
        blobs: Its weights.
        weights: Where they come from, for messages.
        owners: For each of its weights the layer and number they are shared from, or its own.
    """

    type: str = ""
    name: str = ""
    tops: int = 1
    blobs: tuple[Blob, ...] = ()
    weights: str = ""
    owners: tuple[tuple[str, int], ...] = ()


class CaffeBuilder(OpsetBuilder):
    """``OpsetBuilder`` with what Caffe's layers need.

    Attributes:
        layer: The layer being converted.
        made: Weights that are initializers already: their owner, number and shape.
    """

    layer: LayerContext
    made: dict[tuple[str, int, tuple[int, ...]], ir.Value]

    def fail(self, reason: str, *, hint: str = "") -> ConversionError:
        """An error about the layer at hand, to raise."""
        return ConversionError(f"{self.layer.type} {self.layer.name!r}: {reason}", hint=hint, node=self.layer.name)

    def dims(self, x: ir.Value) -> tuple[Dim, ...]:
        """The dimensions of a blob, as sizes or names.

        Raises:
            ConversionError: Not even their number is known.
        """
        shape = self.shape(x)
        if shape is None:
            raise self.fail(f"the shape of its bottom {x.name!r} is not known")
        return shape

    def size(self, x: ir.Value, axis: int) -> int:
        """One dimension of a blob.

        Raises:
            BatchFixed: It is open, but this layer needs it.
        """
        return self.need_size(self.dims(x), axis)

    def need_size(self, dims: Sequence[Dim], axis: int) -> int:
        """One of some dimensions.

        Raises:
            BatchFixed: It is open, but this layer needs it.
        """
        dim = dims[axis]
        if not isinstance(dim, int):
            raise BatchFixed(
                f"{self.layer.type} {self.layer.name!r} needs the size of dimension {axis}, which is open",
                hint="give the input's shape in full with --inputs name[...]",
                node=self.layer.name,
            )
        return dim

    def sizes(self, x: ir.Value, axes: Sequence[int] | None = None) -> list[int]:
        """Several dimensions of a blob; all by default.

        Raises:
            BatchFixed: One is open.
        """
        return [self.size(x, axis) for axis in (range(len(self.dims(x))) if axes is None else axes)]

    def axis(self, x: ir.Value, axis: int, *, end: bool = False) -> int:
        """An axis counted from the front; negative ones count from the back.

        Args:
            x: The blob.
            axis: The axis as the layer gives it.
            end: Whether the place after the last axis is one.

        Raises:
            ConversionError: There is no such axis.
        """
        rank = len(self.dims(x))
        found = axis + rank + end if axis < 0 else axis
        if not 0 <= found < rank + end:
            raise self.fail(f"axis {axis} does not exist in a bottom of shape {list(self.dims(x))}")
        return found

    def has_weight(self, index: int) -> bool:
        """Whether the layer has a blob of that number."""
        return index < len(self.layer.blobs)

    def blob(self, index: int) -> Blob:
        """A blob of the layer.

        Raises:
            ConversionError: It has none of that number.
        """
        blobs = self.layer.blobs
        if index >= len(blobs):
            raise self.fail(
                f"needs weights number {index}, but {self.layer.weights} has {len(blobs)} for it",
                hint="the caffemodel belongs to another version of this net",
            )
        return blobs[index]

    def weight(self, index: int, shape: Sequence[int]) -> ir.Value:
        """Weights as an initializer of the shape that the layer's parameters call for; shared ones are one initializer.

        Raises:
            ConversionError: The blob has another shape, or there is none.
        """
        blob = self.fitting(index, shape)
        owner, number = self.layer.owners[index]
        key = (owner, number, tuple(shape))
        if key not in self.made:
            name = f"{owner}/{('weights', 'bias')[number] if number < 2 else number}"
            self.made[key] = self.initializer(blob.tensor(shape, name=name), name=name)
        return self.made[key]

    def array(self, index: int, shape: Sequence[int]) -> np.ndarray:
        """Weights as a float32 array of the shape that the layer's parameters call for.

        Raises:
            ConversionError: The blob has another shape, or there is none.
        """
        return self.fitting(index, shape).array().reshape(tuple(shape))

    def fitting(self, index: int, shape: Sequence[int]) -> Blob:
        """A blob, held against the shape that the layer's parameters call for."""
        blob = self.blob(index)
        if not blob.fits(shape):
            raise self.fail(
                f"its weights number {index} have shape {list(blob.shape)} in {self.layer.weights}, "
                f"but the net calls for {list(shape)}",
                hint="prototxt and caffemodel disagree: give the two files of one model",
            )
        return blob

    def check_computed(self, count: int) -> None:
        """A constant that a converter computes must have a size that makes sense.

        Raises:
            ConversionError: It has not.
        """
        if count > MOST_COMPUTED:
            raise self.fail(f"would need a constant of {count:,} numbers", hint="check the sizes in the prototxt")

    def check_count(self, x: ir.Value) -> None:
        """A top must not hold more than a blob may.

        Raises:
            ConversionError: It does.
        """
        shape = self.shape(x) or ()
        count = math.prod(dim for dim in shape if isinstance(dim, int))
        if count > MOST_ELEMENTS:
            raise self.fail(f"its top of shape {list(shape)} is larger than a blob of Caffe may be (2^31 - 1 elements)")

    def floats(self, *numbers: float) -> ir.Value:
        """A 1-D float32 constant."""
        return self.constant(np.asarray(numbers, np.float32))

    def number(self, value: float) -> ir.Value:
        """A 0-D float32 constant."""
        return self.constant(np.float32(value))

    def scaled(self, x: ir.Value, scale: float, shift: float) -> ir.Value:
        """``scale * x + shift`` without what does nothing."""
        if scale != 1:
            x = self.Mul(x, self.number(scale))
        return x if shift == 0 else self.Add(x, self.number(shift))

    def flat_tail(self, x: ir.Value, axis: int) -> ir.Value:
        """``x`` as a matrix: the axes before ``axis`` in one, the others in the other."""
        dims = self.dims(x)
        tail = dims[axis:]
        if axis == 1 and all(isinstance(dim, int) for dim in tail):
            return self.reshape(x, [0, math.prod(int(str(dim)) for dim in tail)])
        return self.Flatten(x, axis=axis)

    def subgraph_builder(self, graph: ir.Graph) -> CaffeBuilder:
        """A builder for the body of a Scan that shares names, constants and knowledge with this one."""
        inner = CaffeBuilder(graph, self.opset, names=self.names, shapes=self.shapes, constants=self._constants)
        inner.layer, inner.made, inner.origin = self.layer, self.made, self.origin
        inner._shared = self._shared
        return inner
