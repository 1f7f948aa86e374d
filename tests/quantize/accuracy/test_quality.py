import numpy as np
import pytest

from modelwright.quantize.accuracy.quality import Reference, Sums


def test_decibels_and_cosine():
    sums = Sums()
    a, b = np.array([3.0, 4.0], np.float32), np.array([3.0, 4.5], np.float32)
    sums.add({"y": a[:1], "n": np.array([1])}, {"y": b[:1], "n": np.array([2])})
    sums.add({"y": a[1:], "n": np.array([1])}, {"y": b[1:], "n": np.array([2])})
    quality = sums.quality()
    assert list(quality.outputs) == ["y"]
    assert quality.snr == pytest.approx(10 * np.log10(25 / 0.25))
    assert quality.cosine == pytest.approx(27 / (5 * np.hypot(3, 4.5)))


def test_equal_and_dead_outputs():
    sums = Sums()
    sums.add(
        {"same": np.ones(3, np.float32), "dead": np.ones(3, np.float32)}, {"same": np.ones(3), "dead": np.zeros(3)}
    )
    quality = sums.quality()
    assert quality.outputs["same"].snr == 200
    assert quality.outputs["same"].cosine == 1
    assert quality.outputs["dead"].cosine == 0
    assert quality.cosine == 0


def test_a_model_against_another(text_model):
    exact = text_model("y = Mul(x, two)", {"two": np.float32(2)}, x="float[N] x", y="float[N] y")
    other = text_model("y = Mul(x, two)", {"two": np.float32(2.2)}, x="float[N] x", y="float[N] y")
    feeds = [{"x": np.arange(size, dtype=np.float32)} for size in (3, 5)]
    quality = Reference(exact, feeds).quality(other)
    assert quality.snr == pytest.approx(20, abs=1e-3)
    assert quality.cosine == pytest.approx(1)
