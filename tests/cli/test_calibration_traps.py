"""What other tools let pass in calibration files, each a clear error or the right thing here.

| trap in other tools | here | tests |
|---|---|---|
| unknown keys are ignored | an error with the nearest key | `test_an_unknown_key`, `config/test_load.py` |
| a missing data list calibrates on zeros | an error with the path | `test_missing_data`, `config/test_translate.py` |
| raw data are not reshaped | they are; another size is an error | `test_raw_data_are_reshaped` |
| another number of inputs crashes | an error with both numbers | `test_another_number_of_inputs` |
| a quantized model is refused without a word | an error that says so | `test_a_quantized_model` |
| the result overwrites the input | an error before anything runs | `test_nothing_overwrites_the_source` |
| the opset is raised until nothing loads the result | it stays | `test_the_opset_stays` |
| the entropy calibrator does nothing | ranges differ | `test_calibration_types_differ` |
| a cut that divides nothing is ignored | an error | `test_cuts_and_parts_must_be_there` |
| paths are relative to the working folder | to the list | `data/test_listing.py` |
| a symbolic batch must be said | it counts as 1 | `test_a_symbolic_batch_counts_as_one` |
| results differ from run to run, and with threads | the same bytes | `test_two_runs_give_the_same_bytes` |
"""

import json
import os
import subprocess
import sys

import numpy as np
import onnx
import pytest

TEXT = """
<ir_version: 8, opset_import: ["" : 13]>
net (float[{batch}, 3, 12, 12] x, {more}) => (float[{batch}, 5] y)
<float[1] unused = {{0.0}}>
{{
  c = Conv <pads = [1, 1, 1, 1]> (x, w)
  r = Relu (c)
  d = Conv <pads = [1, 1, 1, 1]> (r, v)
  s = Relu (d)
  p = GlobalAveragePool (s)
  f = Flatten (p)
  y = MatMul (f, u)
}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    proto = onnx.parser.parse_model(TEXT.format(batch="n", more="").replace(", )", ")"))
    shapes = {"w": (16, 3, 3, 3), "v": (16, 16, 3, 3), "u": (16, 5)}
    for place, node in enumerate(proto.graph.node):
        node.name = f"n{place}"
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array((rng.standard_normal(shape) / 4).astype(np.float32), name)
        for name, shape in shapes.items()
    )
    onnx.save(proto, tmp_path / "net.onnx")
    for place in range(12):
        sample = rng.standard_normal((3, 12, 12), dtype=np.float32) ** 3
        np.save(tmp_path / f"{place}.npy", sample)
        (tmp_path / f"{place}.raw").write_bytes(sample.tobytes())
    for kind in ("npy", "raw"):
        (tmp_path / f"{kind}.txt").write_text("".join(f"{place}.{kind}\n" for place in range(12)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quantize(call, folder):
    """Runs ``modelwright quantize`` with a calibration file made of these parts."""

    def run(*flags, entry=None, model="net.onnx", output="out.onnx", quantization=None, **calibration):
        data = {"file_type": "npy", "data_list_path": "npy.txt", **(entry or {})}
        config = {"calibration_parameters": {"calibration_step": 12, "input_parameters": [data], **calibration}}
        config["quantization_parameters"] = quantization or {}
        (folder / "config.json").write_text(json.dumps(config))
        return call("quantize", model, "-c", "config.json", "-o", output, *flags)

    return run


def _refused(done, folder, *said):
    assert done.code == 2
    for text in said:
        assert text in " ".join(done.err.split())
    assert not list(folder.glob("out*"))


def test_an_unknown_key(quantize, folder):
    _refused(quantize(calibraton_type="kl"), folder, "calibraton_type", "did you mean 'calibration_type'")
    _refused(quantize(entry={"mean_valu": [1, 2, 3]}), folder, "did you mean 'mean_value'")


def test_missing_data(quantize, folder):
    _refused(quantize(entry={"data_list_path": "nothing.txt"}), folder, "nothing.txt", "there is no such file")
    (folder / "npy.txt").write_text("0.npy\n99.npy\n")
    _refused(quantize(), folder, "line 2", "99.npy")
    (folder / "npy.txt").write_text("\n")
    _refused(quantize(), folder, "npy.txt")


def test_raw_data_are_reshaped(quantize, folder):
    assert quantize(output="a.onnx").code == 0
    assert quantize(entry={"file_type": "raw", "data_list_path": "raw.txt"}, output="b.onnx").code == 0
    assert (folder / "a.onnx").read_bytes() == (folder / "b.onnx").read_bytes()
    (folder / "3.raw").write_bytes(bytes(1000))
    done = quantize(entry={"file_type": "raw", "data_list_path": "raw.txt"})
    _refused(done, folder, "3.raw", "250 float32 numbers", "[3, 12, 12]")


def test_another_number_of_inputs(quantize, folder):
    entry = {"file_type": "npy", "data_list_path": "npy.txt"}
    _refused(quantize(input_parameters=[entry, entry]), folder, "data for 2 inputs, but the model has 1")


def test_a_quantized_model(quantize, folder):
    assert quantize(output="int8.onnx").code == 0
    _refused(quantize(model="int8.onnx"), folder, "quantized already")


def test_nothing_overwrites_the_source(quantize, folder):
    before = (folder / "net.onnx").read_bytes()
    done = quantize(output="net.onnx")
    _refused(done, folder, "the output net.onnx is the source itself")
    assert (folder / "net.onnx").read_bytes() == before


def test_the_opset_stays(quantize, folder):
    assert quantize().code == 0
    assert [entry.version for entry in onnx.load(folder / "out.onnx").opset_import if not entry.domain] == [13]


def test_calibration_types_differ(quantize, folder):
    """Heavy tails make every method choose another range."""
    scales = set()
    for kind in ("minmax", "kl", "mse", "percentile"):
        assert quantize(calibration_type=kind, quantization={"max_percentile": 0.999}).code in (0, 4)
        weights = {item.name: onnx.numpy_helper.to_array(item) for item in onnx.load("out.onnx").graph.initializer}
        first = next(node for node in onnx.load("out.onnx").graph.node if node.op_type == "QuantizeLinear")
        scales.add(float(weights[first.input[1]]))
    assert len(scales) == 4


def test_cuts_and_parts_must_be_there(quantize, folder):
    _refused(quantize(quantization={"truncate_var_names": ["nothing"]}), folder, "'nothing'")
    _refused(quantize(quantization={"truncate_var_names": ["y"]}), folder, "cutting at y leaves nothing on one side")
    part = {"input_names": ["c"], "output_names": ["nowhere"], "precision_level": 2}
    _refused(quantize(quantization={"custom_setting": [part]}), folder, "nowhere")
    _refused(quantize(quantization={"ignore_op_types": ["Convolution"]}), folder, "Convolution")


def test_a_symbolic_batch_counts_as_one(quantize):
    done = quantize()
    assert done.code == 0
    assert "calibrated on 12 batches" in " ".join(done.out.split())


@pytest.mark.parametrize("level", ["1", "2"])
def test_two_runs_give_the_same_bytes(folder, level):
    """Also on one core and on two."""
    cores = sorted(os.sched_getaffinity(0))
    made = []
    for place, used in enumerate((cores[:1], cores[:2], cores[:2])):
        out = folder / str(place) / "q.onnx"
        out.parent.mkdir()
        code = f"import os; os.sched_setaffinity(0, {used}); from modelwright.cli.main import command; command()"
        arguments = ["quantize", "net.onnx", "--data", "npy.txt", "-o", str(out), "--finetune_level", level]
        arguments += ["--save_statistics", str(out.with_name("seen.npz")), "--max_float", "20%"]
        subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
        names = ("q.onnx", "seen.npz", "q_report.json")
        made.append([out.with_name(name).read_bytes() for name in names])
    assert made[0][:2] == made[1][:2] == made[2][:2]
    assert made[1][2] == made[2][2]
