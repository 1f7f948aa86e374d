"""Weight clipping: the scale of each channel that makes the least square error, not the one that fits the largest."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from modelwright.quantize.accuracy.grid import Grid, grid_of
from modelwright.quantize.params import TensorParams

_COARSE: Final = np.round(np.arange(1.0, 0.29, -0.1), 2)
_FINE: Final = np.round(np.arange(-0.075, 0.076, 0.025), 3)
_SAMPLE: Final = 4096
"""Elements of a channel that are looked at."""


def clip_weights(weight: np.ndarray, params: TensorParams) -> TensorParams:
    """Smaller scales where cutting the largest weights costs less than the finer steps gain.

    Args:
        weight: The weights, with the channels at ``params.axis``.
        params: Their numbers, with scales that fit the largest weights.

    Returns:
        The numbers with the scales changed, or the same where none is better.
    """
    grid = grid_of(params, weight.ndim)
    if grid is None or not weight.size:
        return params
    rows, flat = _by_channel(weight, params), _flat(grid)
    best = np.ones(rows.shape[0])
    least = _errors(rows, flat, best)
    for ratios in [np.full_like(best, ratio) for ratio in _COARSE[1:]]:
        best, least = _better(rows, flat, best, least, ratios)
    for shift in _FINE:
        best, least = _better(rows, flat, best, least, np.clip(best + shift, 0.2, 1.0))
    scale = np.asarray(params.scale) * best.reshape(np.asarray(params.scale).shape)
    return replace(params, scale=scale.astype(np.asarray(params.scale).dtype))


def _by_channel(weight: np.ndarray, params: TensorParams) -> np.ndarray:
    """``[channels, elements]``, a regular sample of at most ``_SAMPLE`` elements of each."""
    if params.axis is None or not np.asarray(params.scale).ndim:
        rows = weight.reshape(1, -1)
        limit = _SAMPLE * 16
    else:
        rows = np.moveaxis(weight, params.axis, 0).reshape(weight.shape[params.axis], -1)
        limit = _SAMPLE
    return rows[:, :: -(-rows.shape[1] // limit)].astype(np.float32)


def _flat(grid: Grid) -> Grid:
    return replace(grid, step=grid.step.reshape(-1, 1), zero=grid.zero.reshape(-1, 1))


def _errors(rows: np.ndarray, grid: Grid, ratios: np.ndarray) -> np.ndarray:
    finer = replace(grid, step=(grid.step * ratios[:, None]).astype(np.float32), zero=grid.zero.astype(np.float32))
    return np.square(finer.rounded(rows) - rows).sum(axis=1, dtype=np.float64)


def _better(
    rows: np.ndarray, grid: Grid, best: np.ndarray, least: np.ndarray, ratios: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    errors = _errors(rows, grid, ratios)
    won = errors < least
    return np.where(won, ratios, best), np.where(won, errors, least)
