"""Layouts and paddings of Paddle's windows: convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.frontends.paddle.builder import PaddleBuilder
from modelwright.hub.padding import same_pads

_CHANNELS_LAST = frozenset({"NHWC", "NDHWC", "NLC"})


def is_last(data_format: str) -> bool:
    """Whether channels are the last dimension; ``AnyLayout`` and ``NCHW`` have them second."""
    return data_format in _CHANNELS_LAST


def channels_first(op: PaddleBuilder, x: ir.Value, data_format: str) -> ir.Value:
    """``x`` as N, C, spatial..."""
    if not is_last(data_format):
        return x
    rank = op.need_rank(x)
    return op.transpose(x, [0, rank - 1, *range(1, rank - 1)])


def channels_back(op: PaddleBuilder, y: ir.Value, data_format: str, rank: int) -> ir.Value:
    """The opposite of ``channels_first``, for results of that rank."""
    return op.transpose(y, [0, *range(2, rank), 1]) if is_last(data_format) else y


def window_pads(
    op: PaddleBuilder,
    x: ir.Value,
    *,
    extents: Sequence[int],
    strides: Sequence[int],
    paddings: Sequence[int],
    algorithm: str,
) -> list[tuple[int, int]] | None:
    """Begin and end of the padding of each spatial dimension; None when only ``auto_pad`` SAME_UPPER can say.

    Args:
        op: The builder.
        x: The input, channels first.
        extents: How far the window reaches in each dimension, dilation included.
        strides: Its steps.
        paddings: One number a dimension, begin and end of each, or these for all dimensions of ``x``.
        algorithm: ``EXPLICIT``, ``SAME`` or ``VALID``.
    """
    rank = len(extents)
    if algorithm == "VALID":
        return [(0, 0)] * rank
    if algorithm == "SAME":
        sizes = op.sizes(x)[2:]
        found = [same_pads(size, extent, step) for size, extent, step in zip(sizes, extents, strides, strict=True)]
        known = [pair for pair in found if pair is not None]
        return known if len(known) == rank else None
    if algorithm != "EXPLICIT":
        raise op.fail(f"the padding algorithm {algorithm!r} is unknown")
    if len(paddings) == rank:
        return [(amount, amount) for amount in paddings]
    if len(paddings) == 2 * rank:
        return list(zip(paddings[::2], paddings[1::2], strict=True))
    raise op.fail(f"has {len(paddings)} paddings for {rank} dimensions")


def onnx_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """All begins, then all ends."""
    return [begin for begin, _ in pads] + [end for _, end in pads]


def pad_attributes(pads: Sequence[tuple[int, int]] | None) -> dict[str, object]:
    """The attributes ``pads`` or ``auto_pad``."""
    return {"auto_pad": "SAME_UPPER"} if pads is None else {"pads": onnx_pads(pads)}
