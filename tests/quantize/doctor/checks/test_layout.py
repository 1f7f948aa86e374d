"""Wrong layout."""

from __future__ import annotations

import numpy as np

from modelwright.quantize.doctor.image_axes import image_axes
from modelwright.quantize.doctor.input_facts import InputFacts


def test_bytes_in_nhwc_under_a_shape_of_nchw(network, model, prepared, wanted, findings) -> None:
    right = prepared(wanted[network])
    found = findings(model(network), np.ascontiguousarray(right.transpose(0, 2, 3, 1)).reshape(right.shape))
    assert [item.code for item in found] == ["MW-Q104"]
    assert "laid out as NHWC, the model wants NCHW" in found[0].message
    assert found[0].fix is not None
    assert found[0].fix.preparation == "relay"


def test_bytes_in_nchw_under_a_shape_of_nhwc(model, pictures) -> None:
    from modelwright.quantize.doctor.checks.layout import layout
    from modelwright.quantize.doctor.evidence import Evidence
    from modelwright.quantize.doctor.examine import watch

    right = pictures.astype(np.float32)
    wrong = np.ascontiguousarray(right.transpose(0, 3, 1, 2)).reshape(right.shape)
    assert not list(layout(Evidence(model=model("plain"), data=watch([{"image": right}]))))
    found = list(layout(Evidence(model=model("plain"), data=watch([{"image": wrong}]))))
    assert "laid out as NCHW, the model wants NHWC" in found[0].message


def test_grey_pictures_are_not_taken_for_another_layout(model, prepared, codes) -> None:
    grey = np.repeat(prepared("unit").mean(1, keepdims=True), 3, axis=1)
    assert "MW-Q104" not in codes(model("mobile"), grey)


def test_noisy_pictures_whose_channels_differ_are_no_others() -> None:
    """Read in the other layout, planes that lie one after the other make steps, which look smooth beside noise."""
    rng = np.random.default_rng(0)
    facts = InputFacts(name="x", dtype="float32", shape=(1, 3, 48, 48), axes=image_axes((1, 3, 48, 48)))
    ramp = np.linspace(0, 0.5, 48, dtype=np.float32)
    for _ in range(12):
        levels = 2 * rng.standard_normal((1, 3, 1, 1)).astype(np.float32)
        facts.add(levels + ramp + 0.3 * rng.standard_normal((1, 3, 48, 48)).astype(np.float32))
    as_is, turned = np.median(facts.alike, axis=0)[0], np.median(facts.alike_other, axis=0)[0]
    assert turned < as_is + 0.05
