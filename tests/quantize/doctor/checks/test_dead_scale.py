"""One scale for values far apart."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.hub.io import load
from modelwright.quantize.doctor.examine import diagnose
from modelwright.quantize.doctor.fixing import fixed_settings, fixes_of
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings

HEAD = """
<ir_version: 8, opset_import: ["" : 17]>
head (float[1, 4, 8, 8] x) => (float[1, 64, 8] y)
<float factor = {FACTOR}, int64[3] shape = {1, 8, 64}>
{
    s = Sigmoid (x)
    boxes = Mul (s, factor)
    scores = Sigmoid (x)
    both = Concat <axis = 1> (boxes, scores)
    r = Reshape (both, shape)
    y = Transpose <perm = [0, 2, 1]> (r)
}
"""

CONVOLVED = """
<ir_version: 8, opset_import: ["" : 17]>
head (float[1, 4, 8, 8] x) => (float[1, 2, 8, 8] y)
<float[1, 4, 1, 1] wide = {300, 200, -100, 150}, float[1, 4, 1, 1] narrow = {0.1, 0.2, 0.1, -0.1},
 float[2, 2, 1, 1] last = {1, 2, 3, 4}>
{
    boxes = Conv (x, wide)
    scores = Conv (x, narrow)
    both = Concat <axis = 1> (boxes, scores)
    y = Conv (both, last)
}
"""


def _pictures() -> np.ndarray:
    steps = np.random.default_rng(0).standard_normal((24, 4, 8, 8))
    return (steps.cumsum(2).cumsum(3) / 4).astype(np.float32)


@pytest.mark.parametrize(("factor", "found"), [(640, ["MW-Q201"]), (100, ["MW-Q201"]), (20, []), (1, [])])
def test_boxes_in_pixels_beside_scores(write_onnx, codes, factor: int, found: list[str]) -> None:
    network = load(write_onnx(HEAD.replace("FACTOR", str(factor))))
    assert codes(network, _pictures(), name="x") == found


def test_the_fix_gives_the_parts_scales_of_their_own(write_onnx, evidence_of) -> None:
    network = load(write_onnx(CONVOLVED))
    prepare(network)
    finding = diagnose(evidence_of(network, _pictures(), name="x"))[0]
    assert finding.code == "MW-Q201"
    assert finding.level.value == "error"
    concat = next(node for node in network.graph if node.op_type == "Concat")
    before = place(network, QuantizeSettings())
    after = place(network, fixed_settings(QuantizeSettings(), fixes_of([finding])))
    assert any(name == concat.name for item in before.tensors for name, _ in item.readers)
    assert not any(name == concat.name for item in after.tensors for name, _ in item.readers)


def test_a_concat_that_stays_float_is_no_trouble(write_onnx, codes) -> None:
    network = load(write_onnx(HEAD.replace("FACTOR", "640")))
    settings = QuantizeSettings(ignore_op_types=("Concat",))
    assert codes(network, _pictures(), name="x", settings=settings) == []


def test_scores_of_data_without_objects_are_not_dead(write_onnx, codes) -> None:
    """A sigmoid reaches 1 on data that hold an object, whatever these data show."""
    text = HEAD.replace("FACTOR", "0.9").replace("scores = Sigmoid (x)", "b = Sub (x, k)\n    scores = Sigmoid (b)")
    text = text.replace("<float factor", "<float k = {9}, float factor")
    assert codes(load(write_onnx(text)), _pictures(), name="x") == []
