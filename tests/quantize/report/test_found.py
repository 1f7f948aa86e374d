"""The report as data."""

from __future__ import annotations

import pytest

from modelwright.quantize.report.found import Error


@pytest.mark.parametrize(
    ("snr", "cosine", "bad"), [(0.1, 0.99, False), (0.1001, 1.0, True), (0.0, 0.9899, True), (0.01, 0.995, False)]
)
def test_what_is_marked(snr: float, cosine: float, bad: bool) -> None:
    assert Error(snr=snr, mse=0.0, cosine=cosine).bad is bad


def test_the_worst_come_first(report) -> None:
    ranked = [row.error.snr for row in report.ranked()]
    assert ranked == sorted(ranked, reverse=True)
    assert [row.var for row in report.outputs()] == ["scores"]
