"""Further gears: each compared with the source, with data for the device."""

import json

import numpy as np
import onnx
import onnx.parser
import pytest

import modelwright as mw
from modelwright.errors import VerificationFailed

TEXT = """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, H, 4] x) => (float[N, 2, H, 4] y) <float[2, 3, 1, 1] w = {1, 2, 3, 4, 5, 6}>
{ [conv] c = Conv (x, w) [act] y = Relu (c) }"""

FIXED = """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 6] x) => (float[N, 6] y) <int64[2] s = {2, 6}> { [same] y = Reshape (x, s) }"""


@pytest.fixture
def source(tmp_path):
    def made(text):
        onnx.save(onnx.parser.parse_model(text), tmp_path / "m.onnx")
        return tmp_path / "m.onnx"

    return made


def test_every_gear_is_compared_and_kept(source, tmp_path):
    options = {"soc_version": "Ascend310P3", "input_shape": "x:-1,3,-1,4", "dynamic_dims": "1,5;2,7;4,9"}
    report = mw.convert(source(TEXT), tmp_path / "m.om", target_options=options)
    assert report.status is mw.Status.PLANNED
    step = next(item for item in report.steps if item.name == "gears")
    assert step.summary == ("2 further gears compared, too",)
    folder = tmp_path / "m.om.plan/expected"
    for name, shape in (("gear_2_7", (2, 3, 7, 4)), ("gear_4_9", (4, 3, 9, 4))):
        with np.load(folder / name / "arrays.npz") as arrays:
            assert arrays["in:x"].shape == shape
            weights = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
            wanted = np.maximum(np.einsum("nchw,oc->nohw", arrays["in:x"], weights), 0)
            np.testing.assert_allclose(arrays["out:y"], wanted, rtol=1e-5, atol=1e-6)
        (row,) = json.loads((folder / name / "tensors.json").read_text())["inputs"]
        assert row["shape"] == list(shape)
        assert (folder / name / row["file"]).stat().st_size == 4 * int(np.prod(shape))
    assert "gear_" in (tmp_path / "m.om.plan/README.txt").read_text()
    assert "m.om.plan/expected/gear_4_9/tensors.json" in [item.path for item in report.files]


def test_one_size_has_no_gears(source, tmp_path):
    options = {"soc_version": "Ascend310P3", "input_shape": "x:1,3,5,4"}
    report = mw.convert(source(TEXT), tmp_path / "m.om", target_options=options)
    assert "gears" not in [item.name for item in report.steps]
    assert not list((tmp_path / "m.om.plan/expected").glob("gear_*"))
    assert "gear_" not in (tmp_path / "m.om.plan/README.txt").read_text()


def test_a_gear_that_the_model_cannot_compute(source, tmp_path):
    options = {"soc_version": "Ascend310P3", "dynamic_batch_size": "2,4", "skip_check": True}
    with pytest.raises((mw.errors.ArtifactInvalid, VerificationFailed)) as caught:
        mw.convert(source(FIXED), tmp_path / "m.om", target_options=options)
    assert "same" in str(caught.value) or "4" in str(caught.value)
