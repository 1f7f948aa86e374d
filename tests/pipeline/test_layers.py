import json

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.backends.written import Written
from modelwright.errors import UsageError, VerificationFailed
from modelwright.pipeline.layers import compare_layers
from modelwright.pipeline.recipe import parse_recipe

NET = """<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 4] x) => (float[N, 4] y) <float[4] w = {1, 2, 3, 4}> {
    [scale] a = Mul (x, w)
    [bend] b = Elu <alpha = 0.5> (a)
    [root] c = Abs (b)
    [end] y = Sqrt (c)
}
"""


@pytest.fixture
def net(write_onnx):
    return write_onnx(NET, "net.onnx")


@pytest.mark.parametrize("ending", ["onnx", "tflite", "mindir"])
def test_layers_of_what_can_be_read_back(net, tmp_path, ending):
    report = mw.convert(net, tmp_path / f"out.{ending}", layers=True)
    found = report.verification.layers
    assert (found.reason, found.first, found.model) == ("", "", "")
    assert {"scale", "bend", "end"} <= {row.layer for row in found.tensors}
    assert all(row.passed for row in found.tensors)
    assert "random inputs (seed 0)" in found.method
    stored = json.loads((tmp_path / "out.report.json").read_text())
    assert [row["layer"] for row in stored["verification"]["layers"]["tensors"]] == [row.layer for row in found.tensors]
    assert stored["plan"][-1]["options"]["layers"] is True
    assert str(tmp_path) not in json.dumps(stored["verification"])


def test_without_being_asked_the_report_has_none(net, tmp_path):
    report = mw.convert(net, tmp_path / "out.onnx")
    assert report.verification.layers is None
    assert "layers" not in json.loads((tmp_path / "out.report.json").read_text())["verification"]


def test_a_plan_is_looked_into_by_the_model_it_is_made_from(write_onnx, tmp_path):
    net = write_onnx(NET.replace("[N, 4]", "[2, 4]"), "net.onnx")
    options = {"soc_version": "Ascend310P3"}
    report = mw.convert(net, tmp_path / "out.om", target="ascend", target_options=options, layers=True)
    found = report.verification.layers
    assert found.model == "the ONNX model that it was made from"
    assert all(row.passed for row in found.tensors)
    assert len(found.tensors) >= 3


def test_inputs_are_the_references_where_they_fit(net, tmp_path):
    arrays = {"in:x": np.float32([[1, 4, 9, 16]])}
    outputs = np.sqrt(arrays["in:x"] * [1, 2, 3, 4]).astype(np.float32)
    np.savez(tmp_path / "ref.npz", **arrays, **{"out:y": outputs})
    found = mw.convert(net, tmp_path / "out.onnx", reference=tmp_path / "ref.npz", layers=True).verification.layers
    assert "ref.npz" in found.method
    np.savez(tmp_path / "ref.npz", **{"in:z": arrays["in:x"], "out:y": outputs})
    recipe = parse_recipe(
        {
            "source": {"path": str(net), "format": "onnx"},
            "output": {"path": "o.onnx", "target": "onnx"},
            "verify": {"reference": str(tmp_path / "ref.npz")},
        }
    )
    assert "random inputs" in compare_layers(recipe, Written(files=(net,))).method


def test_the_first_wrong_layer_is_named_and_those_behind_it_are_marked(net, write_onnx):
    other = write_onnx(NET.replace("alpha = 0.5", "alpha = 0.25"), "other.onnx")
    recipe = parse_recipe(
        {"source": {"path": str(net), "format": "onnx"}, "output": {"path": "o.onnx", "target": "onnx"}}
    )
    found = compare_layers(recipe, Written(files=(other,)))
    assert found.first == "bend"
    assert [(row.layer, row.passed) for row in found.tensors][:2] == [("scale", True), ("bend", False)]


def test_a_result_that_differs_keeps_its_layers(net, tmp_path):
    np.savez(tmp_path / "ref.npz", **{"in:x": np.ones((1, 4), np.float32), "out:y": np.zeros((1, 4), np.float32)})
    with pytest.raises(VerificationFailed) as caught:
        mw.convert(net, tmp_path / "out.onnx", reference=tmp_path / "ref.npz", layers=True)
    assert all(row.passed for row in caught.value.report.verification.layers.tensors)  # the reference is wrong


def test_why_there_are_none(net, tmp_path):
    recipe = parse_recipe(
        {"source": {"path": str(net), "format": "onnx"}, "output": {"path": "o.engine", "target": "tensorrt"}}
    )
    assert "reads TensorRT" in compare_layers(recipe, Written(files=(tmp_path / "o.engine",))).reason
    chain = Written(files=(net,), stand_in=net, stand_in_chain=(net, net))
    assert "one part of several" in compare_layers(recipe, chain).reason
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(onnx.load(net).SerializeToString()[:-9])
    reason = compare_layers(recipe, Written(files=(tmp_path / "o",), stand_in=broken)).reason
    assert "o.engine" in reason
    assert str(tmp_path) not in reason


def test_layers_need_verification(net, tmp_path):
    with pytest.raises(UsageError, match="layers shall be compared"):
        mw.convert(net, tmp_path / "out.onnx", layers=True, no_verify=True)
