"""Evidence with scales."""

from __future__ import annotations

from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import watch
from modelwright.quantize.doctor.scaled import with_scales
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import Method, Precision, QuantizeSettings, TensorRange


def test_scales_follow_the_settings(model, prepared, samples) -> None:
    network, feeds = model("silu"), samples(prepared("signed", 8))
    prepare(network)
    evidence = Evidence(model=network, settings=QuantizeSettings(method=Method.MINMAX), data=watch(feeds))
    found = with_scales(evidence, feeds)
    assert found.placement is not None
    assert found.params is not None
    name = next(item.name for item in found.placement.tensors if item.name.endswith("Conv_output_0"))
    ranges = (TensorRange(tensor=name, method=Method.PERCENTILE),)
    settings = QuantizeSettings(method=Method.MINMAX, max_percentile=0.9, ranges=ranges)
    other = with_scales(Evidence(model=network, settings=settings, data=watch(feeds)), feeds)
    assert other.params is not None
    changed = [key for key, item in found.params.items() if (item.scale != other.params[key].scale).any()]
    assert name in changed


def test_without_ranges_nothing_is_computed(model, prepared, samples) -> None:
    feeds = samples(prepared("unit", 2))
    evidence = Evidence(model=model("mobile"), settings=QuantizeSettings(precision=Precision.FLOAT), data=watch(feeds))
    assert with_scales(evidence, feeds) is evidence
