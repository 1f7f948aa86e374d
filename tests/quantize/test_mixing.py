import numpy as np
import pytest

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.metric import MetricCall
from modelwright.quantize.mixed import evaluations_allowed
from modelwright.quantize.mixing import mix
from modelwright.quantize.params import Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Precision, QuantizeSettings
from modelwright.quantize.tuning import Tuning


@pytest.fixture
def mixed(residual, tools):
    def run(call=None, **settings):
        model = tools.load(residual)
        prepare(model)
        feeds = tools.images(12)
        asked = QuantizeSettings(**settings)
        placement = place(model, asked)
        statistics = calibrate(model, placement, feeds)
        params = compute_params(model, placement, statistics)
        tuning = Tuning(model, asked, feeds)
        return tuning, placement, params, mix(tuning, placement, statistics, params, feeds, call)

    return run


def test_asked_for():
    assert not QuantizeSettings().mixed
    assert all(QuantizeSettings(**{name: 0.5}).mixed for name in ("min_cosine", "max_drop", "max_float"))


@pytest.mark.parametrize(("fallback", "share"), [(Precision.FLOAT, 0.4), (Precision.INT16, 0.95)])
def test_least_cosine(mixed, fallback, share):
    tuning, placement, params, _ = mixed(max_float=0.0)
    plain = tuning.quality(placement, params)
    target = 1 - (1 - plain.cosine) * share
    tuning, placement, params, found = mixed(min_cosine=target, fallback=fallback)
    assert found.chosen.verdict.meets
    quality = tuning.quality(found.placement, found.params)
    assert quality.cosine >= target > plain.cosine
    assert found.chosen.evaluations <= evaluations_allowed(len(found.ranked))
    assert 0 < found.share < 1
    wide = {item.name for item in found.placement.tensors if item.scheme.dtype == "uint16"}
    assert wide == (set(found.chosen.names) if fallback is Precision.INT16 else set())
    for name, old in params.items():
        if name in found.params and name not in wide and placement_role(found, name) is Role.WEIGHT:
            np.testing.assert_array_equal(found.params[name].scale, old.scale)


def placement_role(found, name):
    return next(item.role for item in found.placement.tensors if item.name == name)


def test_a_quarter_in_float_gains_decibels(mixed):
    tuning, placement, params, found = mixed(max_float=0.25)
    assert 0 < found.share <= 0.25
    gain = tuning.quality(found.placement, found.params).snr - tuning.quality(placement, params).snr
    assert gain > 2
    assert found.chosen.evaluations == 2


def test_all_in_float_is_enough(mixed):
    _, _, _, found = mixed(min_cosine=1.0)
    assert found.placement.tensors == ()
    assert found.share == 1
    assert found.chosen.verdict.meets


def test_more_than_allowed_is_said(mixed):
    _, _, _, found = mixed(min_cosine=1.0, max_float=0.2)
    assert not found.chosen.verdict.meets
    assert "what was asked is not reached" in found.phrases()
    assert found.share <= 0.2


def test_drop_of_the_classes_that_the_float_model_answers(mixed):
    _, _, _, found = mixed(max_drop=0.0)
    assert found.chosen.verdict.meets
    assert "float 1 " in found.chosen.verdict.text


def test_drop_with_labels(mixed, tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("\n".join(["1"] * 24))
    _, _, _, found = mixed(max_drop=1.0, labels=str(path))
    assert found.chosen.names == ()


def test_drop_of_a_function(mixed, tmp_path):
    file = tmp_path / "metric.py"
    file.write_text("def spread(run, batches):\n    return sum(float(run(b)['logits'].std()) for b in batches)\n")
    _, _, _, found = mixed(MetricCall(text=f"{file}:spread", trusted=True), max_drop=1e-4)
    assert found.chosen.verdict.meets
    assert found.chosen.evaluations > 1
