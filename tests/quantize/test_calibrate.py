import numpy as np
import pytest

from modelwright.errors import CalibrationDataError
from modelwright.quantize.calibrate import MOST, calibrate
from modelwright.quantize.params import Placement, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.session import ModelRuns
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


@pytest.fixture
def clipped(tmp_path, network, tools):
    """Two bounded activations and an unbounded one, all large enough to be pooled."""
    n = network()
    low, high, far = (n.constant(f"b{bound}", np.float32(bound)) for bound in (0, 6, 12))
    n.add("Clip", [n.conv("x", "c1", (3, 16)), low, high], "a1")
    n.add("Clip", [n.conv("a1", "c2", (16, 16)), low, far], "a2")
    n.add("Relu", [n.conv("a2", "c3", (16, 16))], "a3")
    n.conv("a3", "y", (16, 4))
    model = tools.load(n.write(tmp_path / "clipped.onnx", {"x": ["n", 3, 48, 40]}, {"y": ["n", 4, 48, 40]}))
    prepare(model)
    return model, place(model, QuantizeSettings())


def growing(size, count=40):
    """Batches of which the later ones reach farther."""
    random = np.random.default_rng(5)
    scales = np.geomspace(1, 100, count)
    return [{"x": (random.standard_normal((size, 3, 48, 40)) * scale).astype(np.float32)} for scale in scales]


@pytest.mark.parametrize("size", [1, 3])
def test_ranges_that_met_their_bounds_are_not_looked_for_again(clipped, tools, monkeypatch, size):
    """What is found is the same, to the last bit, and so are halves of the data put together."""
    model, placement = clipped
    batches, opened = growing(size), []
    runner = ModelRuns.runner

    def noted(self, *args, **options):
        opened.append(list(options.get("unbound", ())))
        return runner(self, *args, **options)

    monkeypatch.setattr(ModelRuns, "runner", noted)
    found = calibrate(model, placement, tools.feeds(batches))
    assert opened == [[], ["a1"]], "a2 reaches its bound later"
    assert [found.tensors[name].high for name in ("a1", "a2")] == [6.0, 12.0]
    monkeypatch.setattr("modelwright.quantize.calibrate._MANY", 1000)
    assert same(calibrate(model, placement, tools.feeds(batches)), found)
    monkeypatch.setattr("modelwright.quantize.calibrate._MANY", 24)
    halves = [calibrate(model, placement, tools.feeds(part)) for part in (batches[:14], batches[14:])]
    assert same(merged_statistics(*halves), found)


def test_nothing_is_opened_again_where_no_range_has_met_its_bounds(clipped, tools, monkeypatch):
    model, placement = clipped
    batches = [{"x": batch["x"] * np.float32(0.01)} for batch in growing(1)]
    found = calibrate(model, placement, tools.feeds(batches))
    assert found.tensors["a1"].high < 6.0
    monkeypatch.setattr("modelwright.quantize.calibrate._MANY", 1000)
    assert same(calibrate(model, placement, tools.feeds(batches)), found)


def test_a_late_batch_with_nan_is_named(clipped, tools):
    model, placement = clipped
    batches = growing(1)
    batches[30]["x"][0, 1] = np.nan
    with pytest.raises(CalibrationDataError, match="on batch 30"):
        calibrate(model, placement, tools.feeds(batches))
