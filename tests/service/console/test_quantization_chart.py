import json
import math

import pytest

from modelwright.service.console.curve import BOTTOM, LEFT, RIGHT, TOP
from modelwright.service.console.quantization_chart import BEST, MOST, quantization_charts, read_measured


def tensor(name, snr, cosine=0.999, alone=None, marked=False):
    return {
        "name": name,
        "node": name,
        "op_type": "Conv",
        "kind": "activation",
        "dtype": "int8",
        "marked": marked,
        "snr": snr,
        "mse": 0.0,
        "cosine": cosine,
        "alone": alone,
        "float_range": [-1, 1],
        "quantized_range": [-1, 1],
        "histogram": {"low": -1, "high": 1, "float": [0, 10, 100], "quantized": [1, 10, 100]},
    }


def data(*tensors):
    limits = {"snr": 0.1, "cosine": 0.99}
    return {"model": "m", "samples": 4, "method": ["int8"], "limits": limits, "tensors": tensors}


def charts(*tensors):
    return quantization_charts(read_measured(json.dumps(data(*tensors)).encode()))


def test_points_stand_where_their_decibels_are():
    alone = {"snr": 1e-4, "mse": 0, "cosine": 1}
    found = charts(tensor("a", 1e-3, alone=alone), tensor("b", 0.5, cosine=0.8, marked=True), tensor("c", 0))
    heights = [point.y for point in found.noise.points]
    share = (BOTTOM - TOP) / BEST
    assert heights == [
        pytest.approx(BOTTOM - 30 * share, abs=0.1),
        pytest.approx(BOTTOM + 10 * math.log10(0.5) * share, abs=0.1),
        TOP,
    ]
    assert found.noise.limit == pytest.approx(BOTTOM - 10 * share, abs=0.1)
    assert found.noise.points[0].bar_height == pytest.approx(20 * share, abs=0.1)
    assert found.noise.points[1].bar_height is None
    assert all(LEFT <= point.x <= RIGHT for point in found.noise.points)
    assert found.noise.line.count(",") == 3
    assert (found.marked, found.lowest.name) == (1, "b")
    assert [row.tensor.name for row in found.worst] == ["b", "a", "c"]


def test_cosines_lie_on_a_logarithmic_scale():
    found = charts(tensor("a", 0.1, cosine=0.99), tensor("b", 0.1, cosine=1.0), tensor("c", 0.1, cosine=-1.0))
    heights = [point.y for point in found.cosine.points]
    assert heights[0] == pytest.approx(BOTTOM - 2 / 7 * (BOTTOM - TOP), abs=0.1)
    assert heights[1:] == [TOP, BOTTOM]
    assert found.cosine.limit == heights[0]


def test_numbers_that_are_not_finite_lie_at_the_foot():
    found = charts(tensor("a", "inf", cosine="nan"))
    assert found.noise.points[0].y == BOTTOM
    assert found.cosine.points[0].y == BOTTOM


def test_histograms_are_outlines_on_a_logarithmic_scale():
    row = charts(tensor("a", 0.1)).worst[0]
    assert row.bins == 3
    assert row.area.startswith("0,40 0,40.0 1,40.0 1,")
    assert row.area.endswith("2,2.0 3,2.0 3,40")
    empty = tensor("a", 0.1)
    empty["histogram"]["float"] = []
    assert charts(empty).worst[0].area == ""


def test_many_tensors():
    found = charts(*(tensor(f"t{n}", 1e-3, marked=n == 5) for n in range(MOST + 10)))
    assert len(found.noise.points) == MOST
    assert [point.spot.name for point in found.noise.points if point.shown] == ["t5"]


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps(data()), json.dumps(data({"name": "a"}))])
def test_data_that_are_not_as_they_should_be(text):
    assert read_measured(text.encode()) is None
