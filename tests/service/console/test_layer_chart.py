import json
import math

import pytest

from modelwright.service.console.curve import BOTTOM, TOP
from modelwright.service.console.layer_chart import MOST, read_layers


def tensor(name, max_rel=1e-6, cosine=0.9999, *, passed=True):
    return {
        "name": name,
        "source": f"s/{name}",
        "layer": f"l/{name}",
        "op_type": "Conv",
        "shape": [1, 4],
        "max_abs": max_rel,
        "max_rel": max_rel,
        "cosine": cosine,
        "passed": passed,
    }


def report(*tensors, **values):
    layers = {"tensors": tensors, "model": "", "method": "m", "runner": "r", "first": "", "left_out": 0, "reason": ""}
    return {"verification": {"rtol": 1e-4, "layers": layers | values}, "recipe": {}}


def charts(*tensors, **values):
    return read_layers(json.dumps(report(*tensors, **values)).encode())


def test_errors_and_cosines_stand_on_logarithmic_scales():
    found = charts(tensor("a", 1e-4, 0.99), tensor("b", 0), tensor("c", "inf", "nan", passed=False), tensor("d", 1e-9))
    middle = (TOP + BOTTOM) / 2
    assert [point.y for point in found.error.points] == [middle, TOP, BOTTOM, TOP]
    assert found.error.limit == middle
    assert found.cosine.points[0].y == pytest.approx(BOTTOM - (BOTTOM - TOP) / 4, abs=0.1)
    assert found.cosine.points[2].y == BOTTOM
    assert [point.spot.marked for point in found.error.points] == [False, False, True, False]
    assert found.error.points[0].spot.text == "0.0001"


def test_the_worst_first_those_beyond_the_tolerance():
    rows = [tensor(f"t{place}", 10.0 ** -(place + 5)) for place in range(12)]
    found = charts(*rows, tensor("odd", 1e-12, passed=False))
    assert (found.lowest.label, found.beyond, len(found.worst)) == ("l/odd", 1, 10)
    assert [row.name for row in found.shown] == [*(f"t{place}" for place in range(9)), "odd"]


def test_one_that_cannot_be_measured_is_worse_than_any_other():
    assert charts(tensor("a", 9.0, passed=False), tensor("b", "nan", None, passed=False)).lowest.name == "b"
    assert math.isnan(charts(tensor("b", "nan", None)).lowest.max_rel)
    assert charts(tensor("b", 1, None)).cosine.points[0].spot.text == "–"


def test_many_tensors_are_counted_and_not_all_drawn():
    found = charts(*(tensor(f"t{place}") for place in range(MOST + 5)))
    assert (len(found.error.points), len(found.layers.tensors)) == (MOST, MOST + 5)


def test_without_tensors_there_is_a_reason():
    found = charts(reason="nothing here reads it")
    assert (found.error, found.lowest, found.layers.reason) == (None, None, "nothing here reads it")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"verification": null}',
        b'{"verification": {"rtol": 1}}',
        json.dumps(report({"name": "x"})).encode(),
        json.dumps(report(tensor("a", max_rel="much"))).encode(),
    ],
)
def test_a_file_that_is_no_report_of_layers(data):
    assert read_layers(data) is None
