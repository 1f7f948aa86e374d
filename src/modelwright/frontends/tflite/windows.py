"""Sliding windows over channels-last tensors, and TFLite's padding as ONNX's.

SAME makes ``ceil(size / stride)`` results and pads ``max((results - 1) * stride + extent - size, 0)``, the odd one at
the end; VALID pads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tflite.builder import TFLiteBuilder
from modelwright.hub.padding import same_pads


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window that slides over the spatial axes.

    Attributes:
        kernel: Its size along each spatial axis.
        strides: Its steps.
        dilations: Distances between its elements.
        mode: ``SAME`` or ``VALID``.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    mode: str

    @property
    def extents(self) -> tuple[int, ...]:
        """How far it reaches, dilation included."""
        return tuple((size - 1) * step + 1 for size, step in zip(self.kernel, self.dilations, strict=True))

    @property
    def attributes(self) -> dict[str, object]:
        """ONNX's ``kernel_shape`` and ``strides``, and ``dilations`` where they are not all 1."""
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.strides),
            "dilations": list(self.dilations) if any(step != 1 for step in self.dilations) else None,
        }

    def pairs(self, sizes: Sequence[int]) -> list[tuple[int, int]]:
        """What is padded at begin and end of axes of these sizes."""
        if self.mode == "VALID":
            return [(0, 0)] * len(self.kernel)
        axes = zip(sizes, self.extents, self.strides, strict=True)
        return [pads for axis in axes if (pads := same_pads(*axis)) is not None]  # known sizes: none is None

    def pads(self, op: TFLiteBuilder, sizes: Sequence[Dim]) -> dict[str, object]:
        """ONNX's ``pads``, or ``auto_pad`` where sizes are unknown and both definitions agree.

        Raises:
            ConversionError: They do not agree.
        """
        if self.mode == "VALID":
            return {}
        known = [
            size if isinstance(size, int) else 0
            for size, extent, stride in zip(sizes, self.extents, self.strides, strict=True)
            if isinstance(size, int) or stride == 1 or extent == 1
        ]
        if len(known) == len(sizes):
            pairs = self.pairs(known)
            pads = [begin for begin, _ in pairs] + [end for _, end in pairs]
            return {"pads": pads} if any(pads) else {}
        if any(step != 1 for step in self.dilations) or any(
            extent < stride for extent, stride in zip(self.extents, self.strides, strict=True)
        ):
            raise op.fail(
                "its padding depends on sizes that only the run knows", hint="convert with fixed input shapes"
            )
        return {"auto_pad": "SAME_UPPER"}


def spatial_sizes(op: TFLiteBuilder, x: ir.Value) -> tuple[Dim, ...]:
    """The sizes between the first and the last dimension.

    Raises:
        ConversionError: The rank is unknown.
    """
    shape = op.shape(x)
    if shape is None:
        raise op.fail("the rank of its input is unknown", hint="convert with fixed input shapes")
    return shape[1:-1]
