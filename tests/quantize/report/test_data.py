"""The report as data."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from modelwright.quantize.report.data import report_measures
from modelwright.quantize.report.found import Error


def test_all_that_was_measured_in_graph_order(report) -> None:
    data = report_measures(report)
    assert [item["name"] for item in data["tensors"]] == [row.var for row in report.tensors]
    for item, row in zip(data["tensors"], report.tensors, strict=True):
        assert math.isclose(item["snr"], row.error.snr, rel_tol=1e-5)
        assert math.isclose(item["cosine"], row.error.cosine, rel_tol=1e-5)
        assert item["marked"] == row.error.bad
        assert (item["alone"] is None) == (row.alone is None)
        assert item["histogram"]["float"] == list(row.histogram.counts)
        assert item["histogram"]["quantized"] == list(row.histogram_quantized.counts)
    assert data["limits"] == {"snr": 0.1, "cosine": 0.99}
    assert data["floats"] == [{"node": node, "reason": reason} for node, reason in report.floats]
    assert "milliseconds" not in json.dumps(data, allow_nan=False)


def test_numbers_that_are_not_finite_are_texts(report) -> None:
    row = replace(report.tensors[0], error=Error(snr=math.inf, mse=1.23456789, cosine=math.nan))
    found = report_measures(replace(report, tensors=(row,)))["tensors"][0]
    assert (found["snr"], found["mse"], found["cosine"]) == ("inf", 1.23457, "nan")
