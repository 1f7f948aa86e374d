"""How far two tensors are apart, in float64 and in chunks, so that large outputs need no large copies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The distance of one tensor from the expected one.

    Attributes:
        max_abs: Largest absolute difference; infinite where NaN or infinity stands on one side only.
        max_rel: ``max_abs`` divided by ``scale``; 0 when both are 0.
        scale: Largest finite absolute expected value.
        cosine: Cosine similarity of the elements finite on both sides; None for no such element or non-numeric tensors.
        mismatches: Elements farther apart than the limit.
    """

    max_abs: float
    max_rel: float
    scale: float
    cosine: float | None
    mismatches: int


def distance(actual: np.ndarray, expected: np.ndarray, *, rtol: float, atol: float) -> Distance:
    """Compares two tensors of the same shape; see ``modelwright.verify.tolerances`` for the rule.

    NaN equals NaN and an infinity equals the same infinity. Numbers that are not floats, booleans and strings are
    compared for equality; their differences are still measured.

    Args:
        actual: What came out.
        expected: What should have, of the same shape.
        rtol: Tolerance relative to the largest finite absolute expected value.
        atol: Absolute tolerance.
    """
    if actual.dtype.kind in "OSU" or expected.dtype.kind in "OSU":
        unequal = int(np.count_nonzero(_text(actual) != _text(expected)))
        return Distance(
            max_abs=float(unequal > 0), max_rel=float(unequal > 0), scale=0.0, cosine=None, mismatches=unequal
        )
    exact = actual.dtype.kind in "biu" and expected.dtype.kind in "biu"
    left, right = actual.reshape(-1), expected.reshape(-1)
    scale = max((_scale(right[at : at + _CHUNK]) for at in range(0, right.size, _CHUNK)), default=0.0)
    limit = 0.0 if exact else atol + rtol * scale
    largest = dot = left_square = right_square = 0.0
    mismatches = finite = 0
    for at in range(0, right.size, _CHUNK):
        a, b = _wide(left[at : at + _CHUNK]), _wide(right[at : at + _CHUNK])
        difference = _difference(a, b)
        largest = max(largest, float(difference.max()))
        mismatches += int(np.count_nonzero(left[at : at + _CHUNK] != right[at : at + _CHUNK])) if exact else 0
        mismatches += 0 if exact else int(np.count_nonzero(difference > limit))
        both = np.isfinite(a) & np.isfinite(b)
        a, b = np.where(both, a, 0), np.where(both, b, 0)
        finite += int(np.count_nonzero(both))
        dot += float(np.vdot(b, a).real)
        left_square += float(np.vdot(a, a).real)
        right_square += float(np.vdot(b, b).real)
    return Distance(
        max_abs=largest,
        max_rel=largest / scale if scale else (math.inf if largest else 0.0),
        scale=scale,
        cosine=_cosine(dot, left_square, right_square) if finite else None,
        mismatches=mismatches,
    )


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _text(array: np.ndarray) -> np.ndarray:
    items = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in array.reshape(-1)]
    return np.array(items, dtype=object)


def _scale(expected: np.ndarray) -> float:
    magnitude = np.abs(_wide(expected))
    finite = magnitude[np.isfinite(magnitude)]
    return float(finite.max()) if finite.size else 0.0


def _difference(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Absolute differences: 0 for equal NaNs and infinities, infinite where only one side is finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(actual - expected)
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    difference[same] = 0.0
    difference[np.isnan(difference)] = np.inf
    return difference


def _cosine(dot: float, left_square: float, right_square: float) -> float:
    """The cosine from sums; two zero vectors are alike, one zero vector is unlike any other."""
    if left_square == 0.0 or right_square == 0.0:
        return 1.0 if left_square == right_square else 0.0
    return max(-1.0, min(1.0, dot / math.sqrt(left_square) / math.sqrt(right_square)))
