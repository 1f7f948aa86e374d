"""What is said right after calibration."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params
from modelwright.quantize.doctor.after import diagnose_calibrated
from modelwright.quantize.doctor.watched import watched_feeds
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Method, QuantizeSettings


def _codes(network, feeds, settings: QuantizeSettings) -> list[str]:
    original = network.clone()
    prepare(network)
    watched = watched_feeds(feeds)
    placement = place(network, settings)
    statistics = calibrate(network, placement, watched)
    params = compute_params(network, placement, statistics)
    assert watched.seen is not None
    found = diagnose_calibrated(
        original,
        network,
        settings=settings,
        data=watched.seen,
        placement=placement,
        params=params,
        statistics=statistics,
    )
    return [item.code for item in found]


def test_clean_data_raise_no_alarm(network, model, prepared, wanted, samples) -> None:
    for method in (Method.DEFAULT, Method.MINMAX):
        assert _codes(model(network), samples(prepared(wanted[network])), QuantizeSettings(method=method)) == []


def test_faults_are_found_without_another_pass(model, prepared, samples) -> None:
    right = prepared("imagenet")
    assert _codes(model("residual"), samples(prepared("unit")), QuantizeSettings()) == ["MW-Q103"]
    swapped = np.ascontiguousarray(right[:, ::-1])
    assert _codes(model("residual"), samples(swapped), QuantizeSettings()) == ["MW-Q105"]
    assert _codes(model("residual"), samples(right[:3]), QuantizeSettings()) == ["MW-Q106"]


def test_ranges_that_cut_much_off_are_said(model, prepared, samples) -> None:
    settings = QuantizeSettings(method=Method.PERCENTILE, max_percentile=0.8)
    assert "MW-Q202" in _codes(model("silu"), samples(prepared("signed")), settings)
