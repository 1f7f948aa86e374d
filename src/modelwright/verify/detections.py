"""Rows of detections, ``[image, label, score, xmin, ymin, xmax, ymax]``, that have no settled order.

Rows of one image and label come by score. Rounding decides the order of scores that are nearly equal, and which of two
such boxes suppresses the other, so that two right runtimes may give other rows there.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_ROW: Final = 7
_SCORE: Final = 2


def aligned(expected: np.ndarray, actual: np.ndarray, *, rtol: float, atol: float) -> np.ndarray:
    """``expected`` with rows of nearly equal score in the order in which ``actual`` has them.

    Each row of ``actual`` gets the row of the same image and label, of a score within the tolerance, whose box is
    nearest; rows without such a partner keep their order.

    Args:
        expected: ``[..., K, 7]``.
        actual: Likewise; of another shape, ``expected`` is returned as it is.
        rtol: Tolerance relative to the largest score.
        atol: Absolute tolerance.
    """
    if expected.shape != actual.shape or expected.shape[-1:] != (_ROW,):
        return expected
    theirs, ours = expected.reshape(-1, _ROW), actual.reshape(-1, _ROW)
    free = np.ones(len(theirs), bool)
    chosen = np.full(len(ours), -1)
    allowed = _allowed(theirs, rtol, atol)
    for place, row in enumerate(ours):
        same = (theirs[:, :_SCORE] == row[:_SCORE]).all(1) & (np.abs(theirs[:, _SCORE] - row[_SCORE]) <= allowed)
        near = np.flatnonzero(free & same)
        if near.size:
            far = np.abs(theirs[near, _SCORE + 1 :] - row[_SCORE + 1 :]).max(1)
            chosen[place] = near[far.argmin()]
            free[chosen[place]] = False
    chosen[chosen < 0] = np.flatnonzero(free)
    return theirs[chosen].reshape(expected.shape)


def has_near_ties(rows: np.ndarray, *, rtol: float, atol: float) -> bool:
    """Whether two rows of one image and label have scores within the tolerance."""
    if rows.shape[-1:] != (_ROW,):
        return False
    flat = rows.reshape(-1, _ROW)
    order = flat[np.lexsort((flat[:, _SCORE], flat[:, 1], flat[:, 0]))]
    same = (order[1:, :_SCORE] == order[:-1, :_SCORE]).all(1)
    return bool((same & (np.diff(order[:, _SCORE]) <= _allowed(flat, rtol, atol))).any())


def _allowed(rows: np.ndarray, rtol: float, atol: float) -> float:
    return atol + rtol * float(np.abs(rows[:, _SCORE]).max(initial=0))
