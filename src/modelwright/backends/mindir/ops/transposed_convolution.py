"""Transposed convolutions, as convolutions of what lies further apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, reshape, static, transpose
from modelwright.errors import ConversionError
from modelwright.formats import Dim


@mind_op("ConvTranspose")
def conv_transpose(
    e: Emitter,
    x: ir.Value,
    w: ir.Value,
    b: ir.Value | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: list[int] | None = None,
    group: int = 1,
    kernel_shape: list[int] | None = None,
    output_padding: list[int] | None = None,
    output_shape: list[int] | None = None,
    pads: list[int] | None = None,
    strides: list[int] | None = None,
) -> Term:
    """A convolution of the input with zeros between its elements, with turned filters."""
    shape = static(e, w)
    given = e.kind(x).shape
    rank = len(given) - 2
    if rank not in (1, 2):
        raise ConversionError(f"it has {rank} spatial dimensions")
    kernel = kernel_shape or list(shape[2:])
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    further = output_padding or [0] * rank
    before, after = _transposed_pads(given[2:], kernel, steps, spread, further, auto_pad, pads, output_shape)
    filters = _turned(e, w, group)
    term, sizes = e.term(x), [e.size_of(x, axis) for axis in range(len(given))]
    if rank == 1:
        term, filters = e.op("ExpandDims", term, 2), e.op("ExpandDims", filters, 2)
        kernel, steps, spread = [1, *kernel], [1, *steps], [1, *spread]
        before, after = [0, *before], [0, *after]
        sizes = [*sizes[:2], 1, *sizes[2:]]
    term = _spaced(e, term, sizes, steps)
    borders = [
        (gap * (size - 1) - low, gap * (size - 1) - high)
        for size, gap, low, high in zip(kernel, spread, before, after, strict=True)
    ]
    term = _bordered(e, term, _ends(sizes[2:], steps), borders)
    result = e.op(
        "Conv2D",
        term,
        filters,
        kernel_size=tuple(kernel),
        mode=1,
        out_channel=shape[1] * group,
        pad=(0, 0, 0, 0),
        pad_mode="pad",
        format="NCHW",
        pad_list=(0, 0, 0, 0),
        groups=group,
        group=group,
        stride=(1, 1, 1, 1),
        dilation=(1, 1, *spread),
    )
    if b is not None:
        result = e.op("BiasAdd", result, e.term(b), 0)
    return e.op("Squeeze", result, (2,)) if rank == 1 else result


def _transposed_pads(
    sizes: Sequence[Dim],
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    further: Sequence[int],
    auto_pad: str,
    pads: list[int] | None,
    output_shape: list[int] | None,
) -> tuple[list[int], list[int]]:
    """What is cut before and behind each dimension; the output padding makes that behind smaller."""
    rank = len(kernel)
    if output_shape is not None or auto_pad.startswith("SAME"):
        over = _beyond_wanted(sizes, kernel, steps, spread, further, output_shape)
        if output_shape is None and min(over) < 0:
            raise ConversionError(
                "its step is larger than its kernel reaches, and runtimes pad that differently with SAME",
                hint="write pads and output_padding instead of auto_pad",
            )
        half = [max(item, 0) // 2 for item in over]
        rest = [max(item, 0) - part for item, part in zip(over, half, strict=True)]
        before, after = (rest, half) if auto_pad == "SAME_LOWER" else (half, rest)
        return before, [b - more + min(item, 0) for b, more, item in zip(after, further, over, strict=True)]
    around = pads if pads is not None and auto_pad != "VALID" else [0] * (2 * rank)
    return list(around[:rank]), [item - more for item, more in zip(around[rank:], further, strict=True)]


def _beyond_wanted(
    sizes: Sequence[Dim],
    kernel: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int],
    further: Sequence[int],
    output_shape: Sequence[int] | None,
) -> list[int]:
    """How many elements too many each dimension has: as ``output_shape`` says, or beyond the input's times the step.

    Raises:
        ConversionError: The output's size is given, and the input's is not known.
    """
    spans = zip(kernel, steps, spread, further, strict=True)
    over = [gap * (length - 1) + 1 + more - step for length, step, gap, more in spans]
    if output_shape is None:
        return over
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) < len(sizes):
        raise ConversionError("its output has fixed sizes, its input has not", hint="fix the sizes of the inputs")
    wanted = zip(over, known, steps, output_shape[-len(known) :], strict=True)
    return [item + size * step - after for item, size, step, after in wanted]


def _turned(e: Emitter, w: ir.Value, group: int) -> Term:
    """Filters for the convolution: output channels first, turned by 180 degrees."""
    c, m, *kernel = static(e, w)
    spatial = tuple(range(2, 2 + len(kernel)))
    weights = e.known(w)
    if weights is not None:
        parts = weights.reshape(group, c // group, m, *kernel).swapaxes(1, 2).reshape(group * m, c // group, *kernel)
        return e.weight(np.ascontiguousarray(np.flip(parts, spatial)))
    order = [0, 2, 1, *range(3, 3 + len(kernel))]
    parts = transpose(e, reshape(e, e.term(w), [group, c // group, m, *kernel]), order)
    return e.op("ReverseV2", reshape(e, parts, [group * m, c // group, *kernel]), spatial)


def _spaced(e: Emitter, term: Term, sizes: Sequence[int | Term], steps: Sequence[int]) -> Term:
    """Zeros between neighbours of both spatial dimensions, and behind the last."""
    if all(step == 1 for step in steps):
        return term
    n, c, h, w = sizes
    rows = n * c if isinstance(n, int) and isinstance(c, int) else -1
    apart = e.op("Reshape", term, e.numbers([rows, h, 1, w, 1]))
    zero = e.weight(np.zeros((), np.float32))
    flat = (0, steps[1] - 1, 0, 0, 0, steps[0] - 1, 0, 0, 0, 0)
    apart = e.op("PadV3", apart, flat, zero, mode="constant", paddings_contiguous=True)
    if isinstance(h, int) and isinstance(w, int) and isinstance(c, int):
        return reshape(e, apart, [n if isinstance(n, int) else -1, c, h * steps[0], w * steps[1]])
    before = cast(e, e.op("TensorShape", term, old=True), ir.DataType.INT64)
    after = e.op("Mul", before, e.weight(np.array([1, 1, *steps], np.int64)))
    return e.op("Reshape", apart, e.op("TensorToTuple", after))


def _ends(sizes: Sequence[int | Term], steps: Sequence[int]) -> list[int]:
    """Where the last element ends; counted from the end, 0 or less, where the size is not known."""
    return [
        (size - 1) * step + 1 if isinstance(size, int) else 1 - step for size, step in zip(sizes, steps, strict=True)
    ]


def _bordered(e: Emitter, term: Term, ends: Sequence[int], borders: Sequence[tuple[int, int]]) -> Term:
    """Without the zeros behind the last element, with borders of zeros; negative borders cut."""
    begin = [0, 0, *(max(-low, 0) for low, _ in borders)]
    cut = [end + min(high, 0) for end, (_, high) in zip(ends, borders, strict=True)]
    whole = sum(4 << place for place, (end, last) in enumerate(zip(ends, cut, strict=True)) if end <= 0 and last == 0)
    term = e.op("StridedSlice", term, tuple(begin), (0, 0, *cut), (1, 1, 1, 1), 3, 3 + whole, 0, 0, 0)
    flat = (*(max(side, 0) for pair in reversed(borders) for side in pair), 0, 0, 0, 0)
    if not any(flat):
        return term
    return e.op("PadV3", term, flat, e.weight(np.zeros((), np.float32)), mode="constant", paddings_contiguous=True)
