"""Wrong range of values."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.quantize.prepare import prepare

WAYS = ("bytes", "unit", "signed", "imagenet", "bgr")


@pytest.mark.parametrize("way", ["bytes", "unit", "signed", "bgr"])
def test_with_batch_normalization_every_other_range_is_told(model, prepared, findings, way: str) -> None:
    found = findings(model("residual"), prepared(way))
    assert [item.code for item in found] == ["MW-Q103"]
    assert "it wants normalized with ImageNet's mean and deviation" in found[0].message
    assert "mean_value: [123.675, 116.28, 103.53]" in found[0].remedy
    assert found[0].fix is not None
    assert found[0].fix.preparation.endswith(">imagenet")


@pytest.mark.parametrize(
    ("name", "way", "to"),
    [("mobile", "bytes", "unit"), ("silu", "bytes", "signed"), ("plain", "unit", None), ("plain", "signed", None)],
)
def test_without_it_large_differences_are_told(model, prepared, findings, name: str, way: str, to: str | None) -> None:
    found = findings(model(name), prepared(way))
    assert [item.code for item in found] == ["MW-Q103"]
    assert "it seems to want" in found[0].message
    assert found[0].fix is not None
    assert to is None or found[0].fix.preparation == f"{way}>{to}"


def test_the_right_range_is_never_called_wrong(network, model, prepared, wanted, codes) -> None:
    right = prepared(wanted[network])
    for contrast in (0.7, 1.0, 1.2):
        mean = right.mean((0, 2, 3), keepdims=True)
        assert "MW-Q103" not in codes(model(network), ((right - mean) * contrast + mean).astype(np.float32))


@pytest.mark.parametrize("way", WAYS)
def test_a_reference_tells_without_the_network(model, prepared, findings, samples, way: str) -> None:
    found = findings(model("mobile"), prepared(way), reference=samples(prepared("unit")))
    assert [item.code for item in found] == ([] if way == "unit" else ["MW-Q103"])
    if way == "bytes":
        assert found[0].fix is not None
        assert found[0].fix.preparation == "bytes>unit"


def _with_head(model: ir.Model, factor: float) -> ir.Model:
    """The model with its last layer's numbers multiplied."""
    gemm = next(node for node in reversed(list(model.graph)) if node.op_type == "Gemm")
    for value in gemm.inputs[1:]:
        assert value is not None
        assert value.const_value is not None
        value.const_value = ir.tensor(value.const_value.numpy() * np.float32(factor), name=value.name)
    return model


@pytest.mark.parametrize("way", ["bytes", "bgr"])
def test_strong_scores_that_shrink_less_than_the_pixels(model, prepared, findings, way: str) -> None:
    folded = model("residual")
    prepare(folded, simplify=True)
    found = findings(_with_head(folded, 0.3), prepared(way))
    assert [item.code for item in found if item.code == "MW-Q103"] == ["MW-Q103"]
    assert "or normalized with ImageNet's mean and deviation" in found[0].message


def test_weak_scores_that_hardly_shrink(model, prepared, findings) -> None:
    mobile = model("mobile")
    for node in [node for node in mobile.graph if node.op_type == "Clip"]:
        zero, six = node.inputs[1:]
        larger = ir.node("Max", [node.inputs[0], zero])
        smaller = ir.node("Min", [larger.outputs[0], six])
        mobile.graph.insert_before(node, [larger, smaller])
        node.outputs[0].replace_all_uses_with(smaller.outputs[0])
        mobile.graph.remove(node)
    found = findings(mobile, prepared("bytes"))
    assert [item.code for item in found if item.code == "MW-Q103"] == ["MW-Q103"]
    assert "it seems to want 0 to 1" in found[0].message
    assert not [item.code for item in findings(mobile, prepared("unit")) if item.code == "MW-Q103"]


def test_scores_that_never_vary_are_no_sign_where_the_first_layer_is_loud_enough(model, prepared, codes) -> None:
    assert "MW-Q103" not in codes(_with_head(model("silu"), 0.02), prepared("signed"))
