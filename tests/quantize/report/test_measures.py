"""Errors and spreads, summed up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from modelwright.quantize.report.measures import ErrorSum, SpreadSum


@pytest.mark.parametrize("parts", [1, 7])
def test_errors_are_those_of_the_whole(parts: int) -> None:
    rng = np.random.default_rng(0)
    f = rng.standard_normal((14, 3, 200, 150)).astype(np.float32)
    q = f + 0.1 * rng.standard_normal(f.shape).astype(np.float32)
    total = ErrorSum()
    for one, other in zip(np.split(q, parts), np.split(f, parts), strict=True):
        total.add(one, other)
    error, wide, exact = total.error(), q.astype(np.float64), f.astype(np.float64)
    assert error.snr == pytest.approx(np.square(wide - exact).sum() / np.square(exact).sum(), rel=1e-9)
    assert error.mse == pytest.approx(np.square(wide - exact).mean(), rel=1e-9)
    cosine = (wide * exact).sum() / np.linalg.norm(wide) / np.linalg.norm(exact)
    assert error.cosine == pytest.approx(cosine, rel=1e-9)


def test_nothing_and_zeros() -> None:
    zeros, ones = np.zeros(4, np.float32), np.ones(4, np.float32)
    same, noise, lost = ErrorSum(), ErrorSum(), ErrorSum()
    same.add(zeros, zeros)
    noise.add(ones, zeros)
    lost.add(zeros, ones)
    assert (same.error().snr, same.error().cosine) == (0.0, 1.0)
    assert (noise.error().snr, noise.error().cosine) == (math.inf, 0.0)
    assert (lost.error().snr, lost.error().cosine, lost.error().bad) == (1.0, 0.0, True)


def test_what_is_not_finite_is_left_out() -> None:
    total = ErrorSum()
    total.add(np.array([1, np.inf, 3], np.float32), np.array([1, np.inf, np.nan], np.float32))
    assert total.count == 1
    assert total.error().snr == 0.0


def test_spreads_merge_and_bin() -> None:
    rng = np.random.default_rng(0)
    spread = SpreadSum()
    parts = [rng.normal(place, 1, 5000).astype(np.float32) for place in range(3)]
    for part in parts:
        spread.add(part, float(part.min()), float(part.max()))
    whole = np.concatenate(parts)
    assert spread.bounds() == (whole.min(), whole.max())
    found = spread.histogram(-4.0, 8.0)
    expected, _ = np.histogram(whole, bins=48, range=(-4, 8))
    assert sum(found.counts) == len(whole)
    assert np.abs(np.array(found.counts) - expected).sum() < 0.02 * len(whole)


def test_an_empty_spread() -> None:
    spread = SpreadSum()
    spread.add(np.array([np.nan], np.float32), np.nan, np.nan)
    assert spread.bounds() == (0.0, 0.0)
    assert sum(spread.histogram(0.0, 0.0).counts) == 0
