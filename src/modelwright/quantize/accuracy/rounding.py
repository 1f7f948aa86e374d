"""Chooses for each weight whether to round down or up, so that the layer's outputs err least.

The aim is AdaRound's (Nagel and others, "Up or Down? Adaptive Rounding for Post-Training Quantization", 2020): least
``e H e'`` for the row ``e`` of rounding errors of an output channel and the second moments ``H`` of its inputs. The
objective is quadratic, so it is minimized as it stands, by coordinate descent over the weights with all output channels
side by side, instead of a relaxation by gradients.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_BLOCK: Final = 64
_DAMPING: Final = 0.01
"""Share of the mean variance that is added to each input's, against what few samples pretend to know."""


def choose_rounding(units: np.ndarray, moments: np.ndarray, *, low: int, high: int, sweeps: int) -> np.ndarray:
    """Integers for weights.

    Args:
        units: ``[G, O, I]``, the weights of each group in steps with the zero points added, not rounded.
        moments: ``[G, I, I]``, second moments of the inputs of each group.
        low: Smallest integer.
        high: Largest integer.
        sweeps: Rounds over all weights at most; fewer when nothing changes any more.

    Returns:
        ``[G, O, I]`` float32, whole numbers, each the weight rounded down or up.
    """
    damped = _damped(moments)
    nearest = np.clip(np.rint(units), low, high)
    other = np.clip(np.where(nearest > units, np.floor(units), np.ceil(units)), low, high)
    errors, moves = (nearest - units).astype(np.float32), (other - nearest).astype(np.float32)
    flipped = np.zeros(units.shape, dtype=bool)
    for _ in range(sweeps):
        if not _sweep(errors, moves, flipped, damped):
            break
    return np.where(flipped, other, nearest).astype(np.float32)


def _damped(moments: np.ndarray) -> np.ndarray:
    mean = np.diagonal(moments, axis1=1, axis2=2).mean(axis=1)
    return moments + (_DAMPING * mean)[:, None, None].astype(np.float32) * np.eye(moments.shape[1], dtype=np.float32)


def _sweep(errors: np.ndarray, moves: np.ndarray, flipped: np.ndarray, moments: np.ndarray) -> int:
    """Changes each rounding that lowers the objective, in place; returns how many changed."""
    changed = 0
    for start in range(0, errors.shape[2], _BLOCK):
        block = slice(start, min(start + _BLOCK, errors.shape[2]))
        gradient = errors @ moments[:, :, block]
        local = moments[:, block, block]
        for place in range(gradient.shape[2]):
            column, row = start + place, local[:, place, :]
            move = moves[:, :, column]
            better = move * (2 * gradient[:, :, place] + move * row[:, place, None]) < 0
            if not better.any():
                continue
            shift = np.where(better, move, np.float32(0))
            errors[:, :, column] += shift
            gradient += shift[:, :, None] * row[:, None, :]
            moves[:, :, column] = np.where(better, -move, move)
            flipped[:, :, column] ^= better
            changed += int(better.sum())
    return changed


def output_errors(errors: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """``[G, O]``: mean square error of each output channel, for weight errors ``[G, O, I]``."""
    products = errors.astype(np.float32) @ moments
    return np.einsum("goi,goi->go", products, errors.astype(np.float32), dtype=np.float64)
