"""Geometry of sliding windows: what TFLite's SAME and VALID cover, and what has to be padded before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.formats import Dim
from modelwright.hub.padding import last_window, same_pads


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window over the spatial dimensions.

    Attributes:
        kernel: Its size in each.
        strides: Its step in each.
        dilations: The distance of its elements in each.
        pads: What is padded before and after each.
        same: Whether TFLite's SAME pads just that.
        results: How often it fits, None where that is not known.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    same: bool
    results: tuple[Dim, ...]

    @property
    def padded(self) -> bool:
        """Whether something is padded."""
        return any(before or after for before, after in self.pads)

    @property
    def padding(self) -> str:
        """The option of TFLite's operators, once what SAME does not cover has been padded."""
        return "SAME" if self.same else "VALID"


def window_of(
    op: LiteBuilder,
    x: ir.Value,
    kernel: Sequence[int],
    *,
    auto_pad: str,
    pads: Sequence[int] | None,
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    ceil: bool = False,
) -> Window:
    """The window of a node whose data is NC and then spatial dimensions.

    Raises:
        ConversionError: The padding depends on sizes that are not known.
    """
    rank = len(kernel)
    steps, gaps = tuple(strides or [1] * rank), tuple(dilations or [1] * rank)
    sizes = (op.shape(x) or (None,) * (rank + 2))[2:]
    results = (op.result_shape() or (None,) * (rank + 2))[2:]
    found: list[tuple[int, int]] = []
    same = True
    for axis in range(rank):
        extent = (kernel[axis] - 1) * gaps[axis] + 1
        usual = same_pads(sizes[axis], extent, steps[axis])
        given = _given_pads(op, axis, rank, auto_pad, pads, usual)
        if ceil:
            given = _with_rest(op, given, sizes[axis], extent, steps[axis])
        same = same and (auto_pad == "SAME_UPPER" or (given == usual and usual is not None))
        found.append(given)
    unpadded = not any(before or after for before, after in found)
    return Window(
        kernel=tuple(kernel),
        strides=steps,
        dilations=gaps,
        pads=tuple(found),
        same=(auto_pad == "SAME_UPPER") or (same and not unpadded),
        results=results,
    )


def _given_pads(
    op: LiteBuilder, axis: int, rank: int, auto_pad: str, pads: Sequence[int] | None, usual: tuple[int, int] | None
) -> tuple[int, int]:
    if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        if usual is None and auto_pad == "SAME_LOWER":
            raise op.fail("SAME_LOWER over a size that is not known", hint="give the inputs fixed shapes")
        before, after = usual or (0, 0)
        return (before, after) if auto_pad == "SAME_UPPER" else (after, before)
    if auto_pad == "VALID" or pads is None:
        return 0, 0
    return pads[axis], pads[axis + rank]


def _with_rest(op: LiteBuilder, pads: tuple[int, int], size: Dim, extent: int, step: int) -> tuple[int, int]:
    """Pads with what the last window of ``ceil_mode`` reaches beyond the end."""
    if not isinstance(size, int):
        raise op.fail("ceil_mode over a size that is not known", hint="give the inputs fixed shapes")
    end, _ = last_window(size, pads, extent, step)
    return pads[0], end


def counted_pads(window: Window, pads: Sequence[int] | None, *, include: bool) -> tuple[tuple[int, int], ...]:
    """The padding that counts as elements: what the node states, not what ceil_mode reaches beyond it."""
    rank = len(window.kernel)
    if not include:
        return ((0, 0),) * rank
    stated = list(pads or [0] * 2 * rank)
    return tuple((stated[axis], stated[axis + rank]) for axis in range(rank))


def counts_of(op: LiteBuilder, x: ir.Value, window: Window, counted: Sequence[tuple[int, int]]) -> np.ndarray:
    """How many elements each window holds."""
    rank = len(window.kernel)
    sizes = op.need_shape(x, range(2, rank + 2))[2:]
    result = np.ones((), np.float64)
    for axis in range(rank):
        before, after = window.pads[axis]
        inside = np.zeros(sizes[axis] + before + after)
        low, high = counted[axis]
        inside[before - low : before + sizes[axis] + high] = 1
        extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
        starts = range(0, len(inside) - extent + 1, window.strides[axis])
        counts = [inside[start : start + extent : window.dilations[axis]].sum() for start in starts]
        result = result[..., None] * np.array(counts)
    return result
