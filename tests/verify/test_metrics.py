import math

import numpy as np
import pytest

from modelwright.verify import metrics
from modelwright.verify.metrics import distance

RNG = np.random.default_rng(3)


def test_against_the_definitions_over_several_chunks(monkeypatch):
    monkeypatch.setattr(metrics, "_CHUNK", 7)
    expected = RNG.standard_normal((3, 11)).astype(np.float32)
    actual = expected + RNG.standard_normal((3, 11)).astype(np.float32) * np.float32(0.01)
    found = distance(actual, expected, rtol=1e-3, atol=1e-4)
    a, b = actual.astype(np.float64).ravel(), expected.astype(np.float64).ravel()
    limit = 1e-4 + 1e-3 * np.abs(b).max()
    assert found.max_abs == pytest.approx(np.abs(a - b).max())
    assert found.max_rel == pytest.approx(np.abs(a - b).max() / np.abs(b).max())
    assert found.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert found.mismatches == np.count_nonzero(np.abs(a - b) > limit) > 0


def test_elements_that_cancel_are_judged_by_the_scale():
    expected = np.array([100.0, 1e-6], np.float32)
    assert distance(expected + np.float32(1e-3), expected, rtol=1e-4, atol=0).mismatches == 0


def test_nan_and_infinity_match_only_themselves():
    expected = np.array([np.nan, np.inf, -np.inf, 1.0])
    same = distance(expected.copy(), expected, rtol=1e-4, atol=1e-6)
    assert (same.mismatches, same.max_abs, same.cosine) == (0, 0.0, 1.0)
    other = distance(np.array([1.0, -np.inf, 3.0, np.nan]), expected, rtol=1e-4, atol=1e-6)
    assert other.mismatches == 4
    assert other.max_abs == math.inf
    assert other.cosine is None


def test_all_nan_has_no_cosine():
    nothing = np.full(3, np.nan)
    assert distance(nothing, nothing, rtol=0, atol=0).cosine is None


def test_integers_booleans_and_strings_are_exact():
    big = np.array([2**62, 5])
    assert distance(big + 1, big, rtol=1, atol=9).mismatches == 2
    flags = np.array([True, False])
    assert distance(flags, ~flags, rtol=1, atol=9).mismatches == 2
    texts = np.array(["a", "b"], dtype=object)
    assert distance(np.array([b"a", b"b"]), texts, rtol=0, atol=0).mismatches == 0
    assert distance(np.array(["a", "c"]), texts, rtol=9, atol=9).mismatches == 1


def test_empty_scalar_zero_and_complex():
    assert distance(np.zeros((0, 3)), np.zeros((0, 3)), rtol=0, atol=0).mismatches == 0
    assert distance(np.float32([0]), np.float32([0]), rtol=0, atol=0).cosine == 1.0
    assert distance(np.array(2.0), np.array(2.0), rtol=0, atol=0).mismatches == 0
    assert distance(np.float32([1e-3]), np.float32([0]), rtol=1, atol=1e-4).max_rel == math.inf
    turned = distance(np.array([1j]), np.array([1.0 + 0j]), rtol=0, atol=1)
    assert turned.max_abs == pytest.approx(math.sqrt(2))
    assert turned.cosine == pytest.approx(0)
