"""``convert -c``: what users of spine type, and what goes wrong for them."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A network of two inputs' worth of traps: an image and a table, with their data."""
    weight = numpy_helper.from_array(np.full((4, 3, 3, 3), 0.1, np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], name="conv")],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 6, 6])],
        [weight],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "net.onnx"
    )
    rng = np.random.default_rng(0)
    for index in range(10):
        Image.fromarray(rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)).save(tmp_path / f"{index}.png")
    (tmp_path / "list.txt").write_text("".join(f"{index}.png\n" for index in range(10)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def convert(call, folder):
    def converted(config, *flags, model="net.onnx"):
        (folder / "config.json").write_text(json.dumps(config))
        return call("convert", "onnx", "--input", model, "--output", "out.onnx", "-c", "config.json", *flags)

    return converted


def _with(entry=None, quantization=None, **calibration):
    data = {"data_list_path": "list.txt", **(entry or {})}
    found = {"calibration_parameters": {"calibration_step": 10, "input_parameters": [data], **calibration}}
    return found if quantization is None else found | {"quantization_parameters": quantization}


def test_both_models_and_their_reports(convert, folder):
    done = convert(_with())
    assert done.code == 0, done.err
    assert "out.onnx, opset 17" in done.out
    assert "out.q.onnx, opset 17" in done.out
    assert "calibrated on 10 batches" in done.out
    assert sorted(path.name for path in folder.glob("out*")) == [
        "out.onnx",
        "out.q.onnx",
        "out.q.report.json",
        "out.q_report.html",
        "out.q_report.json",
        "out.q_report.md",
        "out.report.json",
    ]


def test_json_is_the_quantized_models_report(convert):
    done = convert(_with(), "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["recipe"]["output"]["path"].endswith("out.q.onnx")


def test_a_dry_run_writes_nothing(convert, folder):
    done = convert(_with(), "--dry-run")
    assert done.code == 0, done.err
    assert "quantize" in done.out
    assert not list(folder.glob("out*"))


def test_remarks_on_the_file_are_shown(convert):
    done = convert(_with(calibration_device="cuda", calibration_step=5))
    assert done.code == 0, done.err
    assert "calibration runs on the CPU" in done.out
    assert "calibration_step is 5" in done.out


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (_with(calibration_stp=1), "did you mean 'calibration_step'"),
        ({"quantization_parameters": {"precision_level": 0}}, "input_parameters is missing"),
        (_with({"data_list_path": "none.txt"}), "there is no such file"),
        (_with({"data_list_path": None}), "data_list_path is missing"),
        (_with({"preprocess_file": "prepare.py:run"}), "there is no such file"),
        ({**_with(), "model_parameters": {"output_prefix": "net"}}, "would overwrite the source"),
    ],
)
def test_traps_that_show_before_the_conversion(convert, folder, config, said):
    done = convert(config)
    assert done.code == 2
    assert said in done.err
    assert not list(folder.glob("out*"))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (_with(input_parameters=[{"data_list_path": "list.txt"}] * 2), "data for 2 inputs, but the model has 1"),
        (_with({"input_name": "image"}), "name an input 'image' that the model does not have"),
        (_with({"input_shape": [1, 3, 9, 9]}), "input_shape [1, 3, 9, 9] is not the model's [1, 3, 8, 8]"),
        (_with(calibration_batch_size=4), "the model's batch is fixed to 1"),
        (_with({"mean_value": [1, 2]}), "mean_value has 2 numbers"),
        (_with({"file_type": "raw", "data_list_path": "raw.txt"}), "do not make samples of shape [3, 8, 8]"),
        (_with({"file_type": "npy", "data_list_path": "npy.txt"}), "does not fit input 'x'"),
        (_with({"data_list_path": "gone.txt"}), "names 1 of 2 files that are not there: line 2"),
        (_with({"data_list_path": "broken.txt"}), "no image that Pillow can read"),
        (_with({"file_type": "npy", "data_list_path": "nan.txt"}), "numbers are NaN"),
        (_with(quantization={"ignore_op_names": ["conb"]}), "conb"),
    ],
)
def test_traps_that_show_beside_the_model(convert, folder, config, said):
    (folder / "a.raw").write_bytes(bytes(100))
    (folder / "raw.txt").write_text("a.raw\n")
    np.save(folder / "a.npy", np.zeros((1, 8, 8, 3), np.float32))
    (folder / "npy.txt").write_text("a.npy\n")
    np.save(folder / "nan.npy", np.full((1, 3, 8, 8), np.nan, np.float32))
    (folder / "nan.txt").write_text("nan.npy\n")
    (folder / "gone.txt").write_text("0.png\ngone.png\n")
    (folder / "broken.png").write_text("broken")
    (folder / "broken.txt").write_text("broken.png\n")
    done = convert(config)
    assert done.code == 2
    assert said in done.err
    assert not list(folder.glob("out.q*"))


def test_a_model_that_is_quantized_already_is_refused(convert, folder):
    assert convert(_with()).code == 0
    (folder / "out.q.onnx").rename("int8.onnx")
    done = convert(_with(), model="int8.onnx")
    assert done.code == 2
    assert "quantized already" in done.err


def test_functions_are_run_with_trust_only(convert, folder):
    (folder / "prepare.py").write_text(
        "import numpy as np\n"
        "def run(path_list, input_parametr):\n"
        "    return np.ones((len(path_list), *input_parametr['input_shape'][1:]), np.float32)\n"
    )
    config = _with({"preprocess_file": "prepare.py:run"})
    refused = convert(config)
    assert refused.code == 2
    assert "prepare.py:run" in refused.err
    assert "--trust" in refused.err
    assert not list(folder.glob("out*"))
    done = convert(config, "--trust")
    assert done.code in (0, 4), done.err
    assert (folder / "out.q.onnx").exists()
    assert not list(folder.glob("*.calibration"))
    missing = convert(config, "--trust", "--data-python", "no/such/python")
    assert missing.code == 3
    assert "no such interpreter (--data-python)" in missing.err


def test_trust_without_a_calibration_file(call, folder):
    done = call("convert", "onnx", "--input", "net.onnx", "--output", "out.onnx", "--trust")
    assert done.code == 2
    assert "go with a calibration file" in done.err


@pytest.mark.parametrize("command", ["onnx", "tf1", "tf2", "paddle", "caffe", "mindspore", "auto"])
def test_every_source_has_the_flag(call, command):
    done = call("convert", command, "--help")
    assert "--config FILE, -c FILE" in done.out
    assert "--trust" in done.out
