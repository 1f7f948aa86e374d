"""Wrong layout."""

from __future__ import annotations

import numpy as np


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
