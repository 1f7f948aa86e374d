"""The artifact's outputs held against the expected ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from modelwright.diagnostics import OutputComparison
from modelwright.verify.metrics import distance
from modelwright.verify.tolerances import FINEST_RTOL


def compare(
    actual: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], *, rtol: float, atol: float
) -> tuple[OutputComparison, ...]:
    """One comparison for each expected output, in the artifact's order.

    Args:
        actual: The artifact's outputs.
        expected: What they should be; names that ``actual`` has.
        rtol: Tolerance relative to each output's scale.
        atol: Absolute tolerance.
    """
    return tuple(
        compare_output(name, array, expected[name], rtol=rtol, atol=atol)
        for name, array in actual.items()
        if name in expected
    )


def compare_output(
    name: str, actual: np.ndarray, expected: np.ndarray, *, rtol: float, atol: float
) -> OutputComparison:
    """Compares one output; another shape than expected is a mismatch of every element."""
    dtype = "string" if actual.dtype.kind in "OSU" else actual.dtype.name
    if actual.shape != expected.shape:
        return OutputComparison(
            name=name,
            dtype=dtype,
            shape=actual.shape,
            max_abs=math.inf,
            max_rel=math.inf,
            cosine=None,
            mismatches=max(actual.size, expected.size, 1),
            passed=False,
        )
    finest = max(FINEST_RTOL.get(actual.dtype.name, 0.0), FINEST_RTOL.get(expected.dtype.name, 0.0))
    found = distance(actual, expected, rtol=max(rtol, finest), atol=atol)
    return OutputComparison(
        name=name,
        dtype=dtype,
        shape=actual.shape,
        max_abs=found.max_abs,
        max_rel=found.max_rel,
        cosine=found.cosine,
        mismatches=found.mismatches,
        passed=found.mismatches == 0,
    )


def describe_failures(
    comparisons: Sequence[OutputComparison], expected: Mapping[str, np.ndarray], *, rtol: float, atol: float
) -> str:
    """Which outputs are off and how far, in one line; empty when all passed."""
    parts: list[str] = []
    for item in comparisons:
        if item.passed:
            continue
        wanted = expected[item.name].shape
        if wanted != item.shape:
            parts.append(f"{item.name}: shape {list(item.shape)} instead of {list(wanted)}")
            continue
        size = math.prod(item.shape)
        parts.append(
            f"{item.name}: {item.mismatches} of {size} elements are off, by up to {item.max_abs:.3g}"
            f" ({item.max_rel:.3g} of the largest expected value)"
        )
    return f"{'; '.join(parts)}; allowed: rtol {rtol:g}, atol {atol:g}" if parts else ""
