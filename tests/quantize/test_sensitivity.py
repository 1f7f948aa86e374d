import numpy as np
import pytest

from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.params import Placement, Role
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.reduce_placement import candidates
from modelwright.quantize.sensitivity import Switchboard, sensitivities
from modelwright.quantize.settings import QuantizeSettings, Scheme


@pytest.fixture(params=["uint8", "int8"])
def placed(residual, tools, request):
    model = tools.load(residual)
    prepare(model)
    scheme = Scheme(dtype=request.param, symmetric=request.param == "int8")
    placement = place(model, QuantizeSettings(activations=scheme))
    feeds = tools.images(3)
    return model, placement, compute_params(model, placement, calibrate(model, placement, feeds)), feeds


def test_switched_on_is_the_model_with_qdq(placed):
    """All switches on, the outputs are those of the model that is written; all off, of the float model."""
    model, placement, params, feeds = placed
    groups = candidates(placement)
    no_bias = Placement(tensors=tuple(tensor for tensor in placement.tensors if tensor.role is not Role.BIAS))
    written = model.clone()
    insert(written, no_bias, params)
    reference = Reference(model, feeds)
    expected = Reference(written, feeds)
    with Switchboard(model, placement, params, groups) as board:
        for feed, exact, found in zip(feeds, reference.outputs, expected.outputs, strict=True):
            off = board.run(feed, ())
            on = board.run(feed, range(len(groups)))
            for name in exact:
                np.testing.assert_allclose(off[name], exact[name], rtol=1e-5, atol=1e-6)
                step = np.abs(exact[name] - found[name]).max()
                assert step > 0
                assert np.abs(on[name] - found[name]).mean() < 0.25 * step


def test_ranking_is_that_of_models_with_one_tensor(placed):
    model, placement, params, feeds = placed
    ranked = sensitivities(model, placement, params, feeds)
    each = [item.noise / len(item.names) for item in ranked]
    assert each == sorted(each, reverse=True)
    assert {item.names for item in ranked} == set(candidates(placement))
    reference = Reference(model, feeds)
    for item in (ranked[0], ranked[len(ranked) // 2]):
        readers = {node for tensor in placement.tensors if tensor.name in item.names for node, _ in tensor.readers}
        kept = [
            tensor
            for tensor in placement.tensors
            if tensor.name in item.names
            or (tensor.role is Role.WEIGHT and {node for node, _ in tensor.readers} <= readers)
        ]
        alone = model.clone()
        insert(alone, Placement(tensors=tuple(kept)), params)
        noise = 10 ** (-reference.quality(alone).snr / 10)
        assert item.noise == pytest.approx(noise, rel=0.2)


def test_the_model_stays(placed):
    model, placement, params, feeds = placed
    before = [(node.name, [value.name for value in node.inputs if value]) for node in model.graph]
    sensitivities(model, placement, params, feeds.batches[:1])
    assert [(node.name, [value.name for value in node.inputs if value]) for node in model.graph] == before
    assert [value.name for value in model.graph.inputs] == ["x"]


def test_nothing_to_rank(placed):
    model, _, _, feeds = placed
    assert sensitivities(model, Placement(tensors=()), {}, feeds) == ()
