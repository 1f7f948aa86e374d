import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.calibrate import MOST, calibrate
from modelwright.quantize.params import Placement, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.statistics import merged_statistics


@pytest.fixture
def prepared(residual, tools):
    model = tools.load(residual)
    prepare(model)
    return model, place(model, QuantizeSettings())


def same(a, b):
    return list(a.tensors) == list(b.tensors) and all(
        (x.low, x.high, x.exponent, x.first) == (y.low, y.high, y.exponent, y.first)
        and np.array_equal(x.counts, y.counts)
        for x, y in ((a.tensors[name], b.tensors[name]) for name in a.tensors)
    )


def test_ranges_are_exact_and_only_what_is_quantized_is_seen(prepared, residual, tools):
    model, placement = prepared
    feeds = tools.images(3, (4, 3, 32, 32))
    found = calibrate(model, placement, feeds)
    assert list(found.tensors) == [tensor.name for tensor in placement.of_role(Role.ACTIVATION)]
    x = np.concatenate([batch["x"] for batch in feeds])
    assert (found.tensors["x"].low, found.tensors["x"].high) == (x.min(), x.max())
    assert found.tensors["x"].counts.sum() <= 3 * 4 * MOST
    assert found.tensors["r1"].low == 0.0
    assert found.batches == 3


def test_halves_make_the_whole(prepared, tools):
    model, placement = prepared
    batches = tools.images(6).batches
    whole = calibrate(model, placement, tools.feeds(batches))
    halves = [calibrate(model, placement, tools.feeds(part)) for part in (batches[:2], batches[2:])]
    assert same(merged_statistics(*halves), whole)


def test_groups_see_the_same(prepared, tools):
    model, placement = prepared
    heard = []
    whole = calibrate(model, placement, tools.images(2))
    parts = calibrate(
        model,
        placement,
        tools.images(2),
        memory_budget=3 * 4 * MOST,
        progress=lambda done, of: heard.append((done, of)),
    )
    for name, sketch in whole.tensors.items():
        assert np.isclose(sketch.high, parts.tensors[name].high, rtol=1e-5), "other graphs round otherwise"
        assert sketch.counts.sum() == parts.tensors[name].counts.sum()
    assert heard == [(place, 8) for place in range(1, 9)]


def test_nothing_to_see(prepared, tools):
    model, _ = prepared
    assert calibrate(model, Placement(tensors=()), tools.feeds([])).tensors == {}


def test_no_data(prepared, tools):
    model, placement = prepared
    with pytest.raises(CalibrationDataError, match="no calibration data"):
        calibrate(model, placement, tools.feeds([]))
