"""Faults at random places: the layer that is found must be the one that was changed."""

import copy
import math

import faults
import networks
import numpy as np
import onnx
import pytest

from modelwright.diagnostics import Status
from modelwright.pipeline.locate import LocateRequest, locate

MAKERS = [networks.residual, networks.mobile, networks.attention, networks.pyramid, networks.recurrent]


def _small(maker, seed):
    sizes = {networks.residual: {"blocks": 4, "size": 12}, networks.mobile: {"blocks": 3, "size": 12}}
    sizes |= {networks.attention: {"layers": 2}, networks.pyramid: {"width": 4, "size": 16}}
    return faults.name_nodes(maker(seed, **sizes.get(maker, {})))


def _pair(maker, seed, folder, rng):
    model = _small(maker, seed)
    wrong = copy.deepcopy(model)
    fault = None
    while fault is None:
        fault = faults.inject(wrong, rng)
    onnx.save(model, folder / "right.onnx")
    onnx.save(wrong, folder / "wrong.onnx")
    return fault


@pytest.mark.parametrize("budget", [0, 64 << 20])
@pytest.mark.parametrize("maker", MAKERS)
def test_the_layer_that_was_changed_is_found(maker, budget, tmp_path):
    seen = 0
    for seed in range(20):
        fault = _pair(maker, seed, tmp_path, np.random.default_rng([seed, budget]))
        request = LocateRequest(model=tmp_path / "wrong.onnx", source=tmp_path / "right.onnx", seed=seed, budget=budget)
        found = locate(request)
        if found.status is not Status.FAILED:
            continue
        assert found.divergence is not None
        assert found.divergence.layer in fault.nodes, fault
        assert found.divergence.certain
        assert found.divergence.nodes or found.divergence.weights
        bound = math.ceil(math.log2(found.search.tensors)) + 2
        assert max(found.search.runs_source, found.search.runs_model) <= bound
        assert found.search.most_bytes <= budget or budget == 0
        seen += 1
        if seen == 2:
            return
    pytest.fail("hardly a fault has an effect")


@pytest.mark.parametrize("maker", MAKERS)
def test_it_is_found_in_an_optimized_model_too(maker, tmp_path):
    from modelwright.hub.io import load, save
    from modelwright.passes.pipeline import optimize

    for seed in range(10, 30):
        fault = _pair(maker, seed, tmp_path, np.random.default_rng(seed))
        model = load(tmp_path / "wrong.onnx")
        optimize(model, opset=17)
        save(model, tmp_path / "optimized.onnx")
        found = locate(LocateRequest(model=tmp_path / "optimized.onnx", source=tmp_path / "right.onnx", seed=seed))
        if found.status is Status.FAILED:
            assert found.divergence is not None
            assert set(fault.nodes) & set(found.divergence.source_nodes), fault
            return
    pytest.fail("no fault has an effect")


def test_optimizing_alone_is_no_fault(tmp_path):
    from modelwright.hub.io import load, save
    from modelwright.passes.pipeline import optimize

    for maker in MAKERS:
        onnx.save(_small(maker, 1), tmp_path / "right.onnx")
        model = load(tmp_path / "right.onnx")
        optimize(model, opset=17)
        save(model, tmp_path / "optimized.onnx")
        found = locate(LocateRequest(model=tmp_path / "optimized.onnx", source=tmp_path / "right.onnx"))
        assert found.status is Status.VERIFIED, (maker, found.reason)
        assert found.remarks == (), maker
