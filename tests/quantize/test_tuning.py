import numpy as np
import pytest

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.reduce_placement import candidates, without
from modelwright.quantize.settings import QuantizeSettings, Scheme
from modelwright.quantize.tuning import Technique, Tuning


def constants(model):
    return {name: value.const_value.numpy().copy() for name, value in model.graph.initializers.items()}


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


@pytest.fixture
def started(residual, tools):
    def start(**settings):
        model = tools.load(residual)
        prepare(model)
        feeds = tools.images(24)
        asked = QuantizeSettings(**settings)
        placement = place(model, asked)
        params = compute_params(model, placement, calibrate(model, placement, feeds))
        return Tuning(model, asked, feeds), placement, params

    return start


@pytest.mark.parametrize("level", [1, 2, 3])
def test_steps_in_order_and_none_that_hurts(started, level):
    weights = Scheme(dtype="int8", per_channel=False)
    tuning, placement, params = started(finetune=level, weights=weights)
    plain = tuning.quality(placement, params).snr
    tuning.balance(placement)
    params = tuning.refine(placement, params)
    tuning.correct(placement, params)
    names = [technique.name for technique in tuning.techniques]
    rounding = ["weight rounding"] if level > 1 else []
    assert names == ["equalization and SmoothQuant", "weight clipping", *rounding, "bias correction"]
    assert all(item.after > item.before + 0.02 for item in tuning.techniques if item.kept)
    assert any(item.kept for item in tuning.techniques)
    assert tuning.quality(placement, params).snr > plain


def test_what_is_undone_leaves_nothing(started, monkeypatch):
    monkeypatch.setattr("modelwright.quantize.tuning._WORTH", 1000.0)
    tuning, placement, params = started(finetune=3, weights=Scheme(dtype="int8", per_channel=False))
    before = constants(tuning.model)
    tuning.balance(placement)
    assert tuning.refine(placement, params) == params
    tuning.correct(placement, params)
    assert not any(technique.kept for technique in tuning.techniques)
    assert same(before, constants(tuning.model))


def test_layers_that_are_float_again_have_their_weights(started, monkeypatch):
    monkeypatch.setattr("modelwright.quantize.tuning._WORTH", -1000.0)
    tuning, placement, params = started(finetune=2)
    before = constants(tuning.model)
    params = tuning.refine(placement, params)
    left = without(placement, [name for group in candidates(placement)[:2] for name in group])
    gone = {item.name for item in placement.tensors} - {item.name for item in left.tensors}
    tuning.correct(left, {item.name: params[item.name] for item in left.tensors})
    after = constants(tuning.model)
    assert all(np.array_equal(before[name], after[name]) for name in gone & set(before))
    assert not same(before, after)


def test_phrases():
    done = Technique(name="a", kept=True, before=1.0, after=2.0, detail="3 layers", seconds=9)
    assert done.phrase() == "a: 3 layers; 1.00 -> 2.00 dB on held-out batches, kept"
    assert Technique(name="a", kept=False, detail="nothing").phrase() == "a: nothing"
