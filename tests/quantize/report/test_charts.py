"""Charts."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from modelwright.quantize.report.charts import bar, decibels, error_chart, histogram_chart
from modelwright.quantize.report.found import Error


@pytest.mark.parametrize(
    ("snr", "level"), [(0.0, 60), (1e-9, 60), (0.001, 30), (0.1, 10), (1, 0), (50, 0), (math.inf, 0)]
)
def test_decibels(snr: float, level: float) -> None:
    assert decibels(Error(snr=snr, mse=0, cosine=1)) == pytest.approx(level)


def test_charts_are_well_formed_and_lead_to_their_rows(report) -> None:
    tree = ET.fromstring(error_chart(report.tensors))
    links = [item.get("href") for item in tree.iter("a")]
    assert links == [f"#t{place}" for place in range(len(report.tensors))]
    assert len([item for item in tree.iter("rect") if item.get("class") == "alone"]) == len(report.tensors)
    for row in report.tensors:
        ET.fromstring(f"<div>{histogram_chart(row)}</div>")
    assert error_chart(()) == ""


def test_bars_are_longer_for_larger_errors() -> None:
    assert "width:50.0%" in bar(Error(snr=0.001, mse=0, cosine=1))
    assert 'class="meter bad"' in bar(Error(snr=0.5, mse=0, cosine=1))
