"""Sliding windows: kernel, strides, dilations, and TensorFlow's padding as ONNX's.

Padding as TensorFlow's ``tf.nn`` documentation defines it: SAME makes ``ceil(size / stride)`` results and pads
``max((results - 1) * stride + extent - size, 0)``, the odd one at the end; VALID pads nothing; EXPLICIT is a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.frontends.tensorflow.builder import TensorFlowBuilder
from modelwright.hub.padding import same_pads


def spatial_axes(data_format: str) -> list[int]:
    """The axes of ``data_format`` that are neither batch nor channels, in order."""
    return [axis for axis, letter in enumerate(data_format) if letter not in "NC"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window that slides over the spatial axes.

    Attributes:
        kernel: Its size along each spatial axis; None where only the run knows.
        strides: Its steps.
        dilations: Distances between its elements.
    """

    kernel: tuple[int | None, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]

    @property
    def extents(self) -> tuple[int | None, ...]:
        """How far it reaches, dilation included."""
        return tuple(
            None if size is None else (size - 1) * dilation + 1
            for size, dilation in zip(self.kernel, self.dilations, strict=True)
        )

    @property
    def attributes(self) -> dict[str, object]:
        """ONNX's ``kernel_shape`` (if known) and ``strides``, and ``dilations`` where they are not all 1."""
        known = None not in self.kernel
        return {
            "kernel_shape": list(self.kernel) if known else None,
            "strides": list(self.strides),
            "dilations": list(self.dilations) if any(step != 1 for step in self.dilations) else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """TensorFlow's padding of one node.

    Attributes:
        mode: ``SAME``, ``VALID`` or ``EXPLICIT``.
        explicit: Begin and end of each spatial axis, for ``EXPLICIT``.
    """

    mode: str
    explicit: tuple[tuple[int, int], ...] = ()


def read_window(
    op: TensorFlowBuilder,
    kernel: Sequence[int | None],
    strides: Sequence[int],
    dilations: Sequence[int] | None,
    data_format: str,
) -> Window:
    """A window from attributes given in ``data_format`` order.

    Args:
        op: The builder.
        kernel: Sizes along the spatial axes.
        strides: One for each axis of the tensor; those of batch and channels must be 1.
        dilations: The same; None or empty is all ones.
        data_format: The layout.

    Raises:
        ConversionError: Batch or channels are strided or dilated.
    """
    axes = spatial_axes(data_format)
    steps = list(dilations or [1] * len(data_format))
    for axis, letter in enumerate(data_format):
        if letter in "NC" and (strides[axis] != 1 or steps[axis] != 1):
            raise op.fail("strides or dilates the batch or the channels", hint="TensorFlow cannot run this node either")
    return Window(
        kernel=tuple(kernel),
        strides=tuple(strides[axis] for axis in axes),
        dilations=tuple(steps[axis] for axis in axes),
    )


def read_padding(op: TensorFlowBuilder, mode: str, explicit: Sequence[int] | None, data_format: str) -> Padding:
    """The padding from attributes; ``explicit`` is begin and end of every axis in ``data_format`` order.

    Raises:
        ConversionError: The mode is unknown, or batch or channels are padded.
    """
    if mode in ("SAME", "VALID"):
        return Padding(mode=mode)
    if mode != "EXPLICIT" or not explicit or len(explicit) != 2 * len(data_format):
        raise op.fail(f"has the padding {mode!r} with the amounts {list(explicit or [])}")
    pairs = [(explicit[2 * axis], explicit[2 * axis + 1]) for axis in range(len(data_format))]
    if any(pairs[axis] != (0, 0) for axis in range(len(data_format)) if data_format[axis] in "NC"):
        raise op.fail("pads the batch or the channels")
    return Padding(mode=mode, explicit=tuple(pairs[axis] for axis in spatial_axes(data_format)))


def spatial_sizes(op: TensorFlowBuilder, x: ir.Value, data_format: str) -> tuple[Dim, ...]:
    """The spatial sizes of a tensor laid out as ``data_format``; None where unknown."""
    shape = op.shape(x)
    axes = spatial_axes(data_format)
    return tuple(shape[axis] for axis in axes) if shape is not None else (None,) * len(axes)


def pad_attributes(window: Window, padding: Padding, sizes: Sequence[Dim]) -> dict[str, object] | None:
    """ONNX's ``pads`` or ``auto_pad``.

    ``auto_pad`` is used only where sizes are unknown and both definitions agree: no dilation, and windows that are not
    smaller than their steps.

    Returns:
        The attributes (empty for no padding), or None when the padding must be computed at run time.
    """
    if padding.mode == "VALID":
        return {}
    pairs: list[tuple[int, int] | None] = list(padding.explicit)
    if padding.mode == "SAME":
        pairs = [same_pads(*axis) for axis in zip(sizes, window.extents, window.strides, strict=True)]
    known = [pair for pair in pairs if pair is not None]
    if len(known) == len(pairs):
        pads = [begin for begin, _ in known] + [end for _, end in known]
        return {"pads": pads} if any(pads) else {}
    plain = all(step == 1 for step in window.dilations)
    overlap = all(
        size is not None and size >= stride for size, stride in zip(window.kernel, window.strides, strict=True)
    )
    return {"auto_pad": "SAME_UPPER"} if plain and overlap else None


def pad_at_run_time(
    op: TensorFlowBuilder,
    x: ir.Value,
    window: Window,
    *,
    extents: ir.Value | None = None,
    fill: ir.Value | None = None,
) -> ir.Value:
    """Pads a channels-first tensor as SAME asks, from its shape at run time.

    Args:
        op: The builder.
        x: ``[N, C, spatial...]``.
        window: What will slide over it without padding.
        extents: What the window reaches along each axis, int64 ``[axes]``; needed when its size is unknown.
        fill: What to pad with; zero by default.
    """
    count = len(window.strides)
    if extents is None:
        extents = op.ints([extent for extent in window.extents if extent is not None])
    strides = op.ints(list(window.strides))
    sizes = op.slice(op.shape_of(x), [2], [2 + count], [0])
    one, two = op.ints(1), op.ints(2)
    steps = op.Div(op.Sub(sizes, one), strides)
    total = op.Max(op.Sub(op.Add(op.Mul(steps, strides), extents), sizes), op.constant(np.zeros(1, np.int64)))
    begin = op.Div(total, two)
    none = op.ints(0, 0)
    return op.pad(x, op.concat([none, begin, none, op.Sub(total, begin)], 0), value=fill)
