"""Sources that are compiled with their own operators, frozen graphs and Caffe nets, by the stand-in compiler."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.schemas.pool import load_schema

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "fixtures" / "caffe"))
from caffe_writing import caffemodel  # noqa: E402

DIGITS = ROOT / "examples" / "digits"
PROTOTXT = """
name: "net"
input: "data"
input_dim: 1 input_dim: 3 input_dim: 6 input_dim: 6
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "act" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "prob" type: "Softmax" bottom: "conv" top: "prob" }
"""


@pytest.fixture
def caffe(tmp_path):
    rng = np.random.default_rng(1)
    weights = [rng.standard_normal((4, 3, 3, 3)), rng.standard_normal(4)]
    (tmp_path / "net.prototxt").write_text(PROTOTXT)
    (tmp_path / "net.caffemodel").write_bytes(caffemodel({"conv": ("Convolution", weights)}))
    return tmp_path / "net.prototxt"


def convert(source, output, toolkit=None, *, reference=None, **options):
    settings = {"soc_version": "Ascend310P3"} | options
    if toolkit is not None:
        settings["ascend_home"] = str(toolkit)
    return mw.convert(source, output, reference=reference, target_options=settings)


def test_a_saved_model_becomes_a_frozen_graph(tmp_path, toolkit):
    reference = DIGITS / "reference.npz"
    with np.load(reference) as arrays:
        batch = len(arrays["in:image"])
    shape = f"serving_default_image:{batch},24,24,1"
    report = convert(DIGITS / "saved_model", tmp_path / "d.om", toolkit, reference=reference, input_shape=shape)
    assert report.status is mw.Status.UNVERIFIED
    assert report.verification.outputs[0].passed
    assert "; the ONNX form of the model matches reference.npz" in report.verification.reason
    command = report.artifact.details["command_line"]
    assert "--framework=3 --model=model.pb" in command
    assert "--input_format=NHWC --out_nodes=StatefulPartitionedCall_1/Identity:0" in command
    assert report.artifact.inputs[0].name == "serving_default_image"
    graph = (
        load_schema("tensorflow").message("GraphDef").FromString((tmp_path / "d.om.build" / "model.pb").read_bytes())
    )
    assert "serving_default_image" in [node.name for node in graph.node]
    assert not any(node.op.startswith("VarHandle") for node in graph.node)
    listed = json.loads((tmp_path / "d.om.build" / "expected" / "tensors.json").read_text())
    assert listed["inputs"][0]["shape"] == [batch, 24, 24, 1]


def test_layouts_asked_of_the_hub_do_not_reach_the_frozen_graph(tmp_path):
    report = mw.convert(
        DIGITS / "saved_model",
        tmp_path / "d.om",
        inputs_as_nchw="image",
        target_options={"soc_version": "Ascend310P3", "input_shape": "serving_default_image:2,24,24,1", "mean": "8"},
    )
    assert report.status is mw.Status.PLANNED
    folder = tmp_path / "d.om.plan"
    listed = json.loads((folder / "expected" / "tensors.json").read_text())
    assert listed["inputs"][0]["shape"] == [2, 24, 24, 1]
    assert listed["inputs"][0]["dtype"] == "uint8"


def test_layouts_of_raw_data(tmp_path):
    mw.convert(
        DIGITS / "saved_model",
        tmp_path / "d.om",
        inputs_as_nchw="image",
        target_options={"soc_version": "Ascend310P3", "input_shape": "serving_default_image:2,24,24,1"},
    )
    folder = tmp_path / "d.om.plan"
    with np.load(folder / "expected.npz") as kept:
        image = kept["in:image"]
    assert image.shape == (2, 1, 24, 24)
    raw = np.fromfile(folder / "expected" / "input_0_serving_default_image.bin", np.float32)
    np.testing.assert_array_equal(raw.reshape(2, 24, 24, 1), image.transpose(0, 2, 3, 1))


def test_through_onnx_if_asked(tmp_path, toolkit):
    options = {"framework": "5", "dynamic_batch_size": "1,4"}
    report = convert(DIGITS / "saved_model", tmp_path / "d.om", toolkit, **options)
    assert "--framework=5 --model=model.onnx" in report.artifact.details["command_line"]
    assert report.artifact.inputs[0].name == "image"


def test_a_caffe_net(tmp_path, caffe, toolkit):
    report = convert(caffe, tmp_path / "n.om", toolkit)
    command = report.artifact.details["command_line"]
    assert "--framework=0 --model=model.prototxt --weight=model.caffemodel" in command
    assert "--input_shape=data:1,3,6,6" in command
    assert "--out_nodes=prob:0" in command
    assert (tmp_path / "n.om.build" / "model.prototxt").read_text() == PROTOTXT


def test_a_quantized_caffe_net_is_compiled_from_onnx(tmp_path, caffe):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((8, 3, 6, 6)).astype(np.float32))
    report = mw.quantize(
        caffe, tmp_path / "n.om", data=tmp_path / "x.npy", target_options={"soc_version": "Ascend310P3"}
    )
    assert report.status is mw.Status.PLANNED
    planned = onnx.load(tmp_path / "n.om.plan" / "model.onnx")
    assert "AscendQuant" in {node.op_type for node in planned.graph.node}


def test_what_is_wrong_is_said_before_calibration(tmp_path, caffe):
    np.save(tmp_path / "x.npy", np.zeros((8, 3, 6, 6), np.float32))
    options = {"precision_mode": "force_fp16", "precision_mode_v2": "fp16"}
    with pytest.raises(mw.UsageError, match="soc_version") as caught:
        mw.quantize(caffe, tmp_path / "n.om", data=tmp_path / "x.npy", target_options=options)
    assert "exclude each other" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.caffemodel", "net.prototxt", "x.npy"]


def test_omg_takes_a_caffe_net(tmp_path, caffe, toolkit):
    options = {"ascend_tool": "omg", "ddk_version": "1.32", "net_format": "5D", "fp16_high_prec": "1"}
    report = mw.convert(caffe, tmp_path / "n.om", target_options={**options, "ascend_home": str(toolkit)})
    command = report.artifact.details["command_line"]
    assert command.startswith("omg --framework=0")
    assert "--net_format=5D --fp16_high_prec=1" in command
    assert any("omg succeeded" in check for check in report.verification.checks)


def test_what_is_cut_is_no_net_of_caffe_any_more(tmp_path, caffe):
    report = mw.convert(caffe, tmp_path / "n.om", inputs="conv[1,4,4,4]", target_options={"soc_version": "Ascend310P3"})
    assert (tmp_path / "n.om.plan" / "model.onnx").exists()
    assert report.status is mw.Status.PLANNED
    with pytest.raises(mw.UsageError, match="not a prototxt"):
        mw.convert(
            caffe,
            tmp_path / "n.om",
            inputs="conv[1,4,4,4]",
            target_options={"soc_version": "Ascend310P3", "framework": "caffe"},
        )
