"""Kernel, stride, pad and dilation of windows, and the sizes that Caffe computes from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelwright.frontends.caffe.builder import CaffeBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window along each spatial axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    dilation: tuple[int, ...]

    @property
    def extent(self) -> tuple[int, ...]:
        """From the first to the last element that a window takes."""
        return tuple(rate * (size - 1) + 1 for size, rate in zip(self.kernel, self.dilation, strict=True))

    @property
    def pads(self) -> list[int]:
        """Pads as ONNX lists them: all begins, then all ends."""
        return [*self.pad, *self.pad]


def spread(
    op: CaffeBuilder,
    name: str,
    values: Sequence[int],
    height: int | None,
    width: int | None,
    *,
    axes: int,
    default: int | None,
) -> tuple[int, ...]:
    """One value for each axis from ``kernel_size``, ``kernel_h`` and ``kernel_w`` and their kin.

    Args:
        op: The builder.
        name: What is given, for messages.
        values: The repeated field: none, one for all axes, or one each.
        height: The field for the height, or None.
        width: The field for the width, or None.
        axes: How many axes there are.
        default: What holds when nothing is given; None when something must be.

    Raises:
        ConversionError: The fields contradict each other, or do not fit the number of axes.
    """
    if height is not None or width is not None:
        if values:
            raise op.fail(f"gives both {name} and its form for height and width", hint="keep one of the two")
        if axes != 2:
            raise op.fail(f"gives {name} for height and width, but has {axes} spatial axes")
        other = 0 if default is None else default
        return (other if height is None else height, other if width is None else width)
    if not values:
        if default is None:
            raise op.fail(f"says no {name}", hint=f"every window needs a {name}")
        return (default,) * axes
    if len(values) not in (1, axes):
        raise op.fail(f"gives {len(values)} values of {name} for {axes} spatial axes")
    return tuple(values) if len(values) == axes else tuple(values) * axes


def check_window(op: CaffeBuilder, window: Window) -> None:
    """Kernel, stride and dilation must be positive.

    Raises:
        ConversionError: One is 0.
    """
    for name, values in (("kernel_size", window.kernel), ("stride", window.stride), ("dilation", window.dilation)):
        if any(value < 1 for value in values):
            raise op.fail(f"has {name} {', '.join(map(str, values))}", hint="it must be at least 1 along each axis")
