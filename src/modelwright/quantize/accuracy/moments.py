"""Second moments of what a layer reads: how errors of its weights add up in its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.hub.shape_rules.windows import ints, text
from modelwright.quantize.accuracy.weighted import Weighted

_ROWS: Final = 2048
"""Rows that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Covariance of the inputs of each output, by group.

    Attributes:
        covariance: ``[G, I, I]`` float32, I the inputs of a group times the kernel; the means are taken out, because a
            constant error is what the bias is for (``centered``), or left in.
        rows: How many were seen.
    """

    covariance: np.ndarray
    rows: int


def moments(layer: Weighted, inputs: list[np.ndarray], *, limit: int, seed: int, centered: bool) -> Moments | None:
    """The moments over some batches.

    Args:
        layer: A Conv with explicit padding, Gemm or MatMul.
        inputs: What it reads, for each batch.
        limit: Rows (places of the output) to sample at most.
        seed: Of the choice.
        centered: Whether to take the means out.

    Returns:
        None for layers whose inputs cannot be laid out as rows.
    """
    if layer.node.op_type == "ConvTranspose" or text(layer.node, "auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    size = layer.view[2] * layer.view[3] if not layer.transposed else layer.in_channels
    total = np.zeros((layer.group, size, size), np.float32)
    mean, count = np.zeros((layer.group, size)), 0
    generator = np.random.default_rng(seed)
    for batch in inputs:
        for rows in _rows(layer, batch, -(-limit // max(len(inputs), 1)), generator):
            total += np.matmul(rows.transpose(0, 2, 1), rows)
            mean += rows.sum(axis=1, dtype=np.float64)
            count += rows.shape[1]
    if not count:
        return None
    covariance = total / count
    if centered:
        average = (mean / count).astype(np.float32)
        covariance -= average[:, :, None] * average[:, None, :]
    return Moments(covariance=covariance, rows=count)


def _rows(layer: Weighted, x: np.ndarray, limit: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Sampled rows as ``[G, rows, I]``, a bounded number at a time."""
    if not layer.is_convolution:
        flat = x.reshape(-1, x.shape[-1])
        chosen = _chosen(flat.shape[0], limit, generator)
        for start in range(0, chosen.size, _ROWS):
            yield flat[chosen[start : start + _ROWS]][None].astype(np.float32)
        return
    windows = _windows(layer, x)
    places = windows.shape[0] * int(np.prod(windows.shape[2 : x.ndim], dtype=np.int64))
    chosen = _chosen(places, limit, generator)
    grid = (windows.shape[0], *windows.shape[2 : x.ndim])
    for start in range(0, chosen.size, _ROWS):
        where = np.unravel_index(chosen[start : start + _ROWS], grid)
        picked = windows[(where[0], slice(None), *where[1:])].astype(np.float32)
        rows = picked.shape[0]
        yield np.ascontiguousarray(picked.reshape(rows, layer.group, -1).transpose(1, 0, 2))


def _chosen(size: int, limit: int, generator: np.random.Generator) -> np.ndarray:
    if size <= limit:
        return np.arange(size)
    return np.sort(generator.choice(size, limit, replace=False))


def _windows(layer: Weighted, x: np.ndarray) -> np.ndarray:
    """``[N, C, *places, *kernel]``, a view of the padded input."""
    kernel = layer.sizes[2:]
    count = len(kernel)
    pads = ints(layer.node, "pads", [0] * (2 * count))
    strides, dilations = ints(layer.node, "strides", [1] * count), ints(layer.node, "dilations", [1] * count)
    padded = np.pad(x, [(0, 0), (0, 0), *zip(pads[:count], pads[count:], strict=True)])
    spans = [(size - 1) * dilation + 1 for size, dilation in zip(kernel, dilations, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=tuple(range(2, 2 + count)))
    steps = tuple(slice(None, None, step) for step in strides)
    taps = tuple(slice(None, None, step) for step in dilations)
    return views[(slice(None), slice(None), *steps, *taps)]
