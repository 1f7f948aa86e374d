import json

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.diagnostics import Status
from modelwright.errors import CalibrationDataError, RecipeError, UsageError
from modelwright.pipeline import quantizing


@pytest.fixture
def network(tmp_path):
    """Two convolutions and their data: a folder of ``.npy``."""
    random = np.random.default_rng(0)
    text = """
    <ir_version: 8, opset_import: ["" : 13]>
    net (float[n, 3, 8, 8] x) => (float[n, 4, 8, 8] y)
    {
        c = Conv <pads = [1, 1, 1, 1]> (x, w1, b1)
        r = Relu (c)
        y = Conv <pads = [1, 1, 1, 1]> (r, w2, b2)
    }
    """
    model = onnx.parser.parse_model(text)
    for name, shape in {"w1": (4, 3, 3, 3), "b1": (4,), "w2": (4, 4, 3, 3), "b2": (4,)}.items():
        model.graph.initializer.append(
            onnx.numpy_helper.from_array(random.standard_normal(shape).astype(np.float32), name)
        )
    path = tmp_path / "net.onnx"
    onnx.save(model, path)
    data = tmp_path / "data"
    data.mkdir()
    for place in range(12):
        np.save(data / f"{place:02}.npy", random.standard_normal((3, 8, 8), dtype=np.float32))
    return path, data


def kinds(path):
    return {node.op_type for node in onnx.load(path).graph.node}


def test_a_model_is_quantized_and_verified(network, tmp_path):
    model, data = network
    report = mw.quantize(model, tmp_path / "out.onnx", data=data)
    assert report.status is Status.VERIFIED
    assert report.verification is not None
    assert report.verification.cosine == 0.99
    assert [step.name for step in report.steps] == ["import", "quantize", "export", "verify"]
    summary = report.steps[1].summary
    assert summary[:2] == ("2 activations and 2 weights quantized", "calibrated on 12 batches")
    assert [line.partition(":")[0] for line in summary[2:5]] == [
        "equalization and SmoothQuant",
        "weight clipping",
        "bias correction",
    ]
    assert {"QuantizeLinear", "DequantizeLinear", "Conv"} <= kinds(tmp_path / "out.onnx")


def test_a_report_repeats_the_run(network, tmp_path):
    model, data = network
    mw.quantize(model, tmp_path / "out.onnx", data=data, method="kl", samples=5)
    before = (tmp_path / "out.onnx").read_bytes()
    stored = json.loads((tmp_path / "out.report.json").read_text())
    assert stored["recipe"]["quantize"] == {
        "settings": {"method": "kl"},
        "data": {"batches": 5, "inputs": [{"path": "data"}]},
        "search": True,
    }
    report = mw.run(tmp_path / "out.report.json")
    assert "byte for byte" in report.diagnostics[-1].message
    assert (tmp_path / "out.onnx").read_bytes() == before


def test_what_is_not_compared_needs_no_answers_of_the_float_model(network, tmp_path, monkeypatch):
    model, data = network
    asked = []
    monkeypatch.setattr(quantizing, "_reference", lambda *_: asked.append(1))
    report = mw.quantize(model, tmp_path / "out.onnx", data=data, report=False, options={"no_verify": True})
    assert report.status is Status.UNVERIFIED
    assert not asked


@pytest.mark.parametrize(("size", "here"), [(10, True), (64 << 20, False)])
def test_small_artifacts_run_where_calibration_ran(tmp_path, size, here):
    done = quantizing.QuantizedModel(phrases=(), remarks=(), data=None, reference=None, rounds=True, result=None)
    paths = [tmp_path / "a.onnx", tmp_path / "a.onnx.data"]
    paths[0].write_bytes(b"1")
    with paths[1].open("wb") as file:
        file.truncate(size)
    assert done.runs_here(paths) is here


def test_statistics_take_the_place_of_data(network, tmp_path):
    model, data = network
    mw.quantize(model, tmp_path / "a.onnx", data=data, save_statistics=tmp_path / "seen.npz", finetune_level=0)
    report = mw.quantize(model, tmp_path / "b.onnx", statistics=tmp_path / "seen.npz")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert report.status is Status.UNVERIFIED or report.status is Status.VERIFIED


def test_a_calibration_file(network, tmp_path):
    model, data = network
    (tmp_path / "list.txt").write_text("\n".join(f"data/{path.name}" for path in sorted(data.iterdir())))
    config = {
        "model_parameters": {"onnx_model": str(model), "output_prefix": "small"},
        "calibration_parameters": {
            "calibration_type": "minmax",
            "input_parametres": [{"file_type": "npy", "data_list_path": str(tmp_path / "list.txt")}],
        },
        "quantization_parameters": {"precision_level": 0, "finetune_level": 0},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    report = mw.quantize(model, config=tmp_path / "config.json")
    assert report.status is Status.VERIFIED
    assert (tmp_path / "small.onnx").exists()
    assert report.recipe["quantize"]["settings"]["method"] == "minmax"


def test_what_is_asked_for_is_done(network, tmp_path):
    model, data = network
    mw.quantize(model, tmp_path / "w.onnx", precision="weights")
    assert kinds(tmp_path / "w.onnx") == {"DequantizeLinear", "Conv", "Relu"}
    mw.quantize(model, tmp_path / "f.onnx", precision_level=100)
    assert kinds(tmp_path / "f.onnx") == {"Conv", "Relu"}
    mw.quantize(model, tmp_path / "h.onnx", precision_level=4)
    assert {item.data_type for item in onnx.load(tmp_path / "h.onnx").graph.initializer} == {onnx.TensorProto.FLOAT16}
    report = mw.quantize(model, tmp_path / "i.onnx", data=data, ignore_op_types="Conv")
    assert kinds(tmp_path / "i.onnx") == {"Conv", "Relu"}
    assert any("nothing was quantized" in item.message for item in report.diagnostics)


def test_sixteen_bits_raise_the_opset_and_say_so(network, tmp_path):
    model, data = network
    report = mw.quantize(model, tmp_path / "out.onnx", data=data, precision="int16")
    assert report.artifact is not None
    assert report.artifact.opsets["ai.onnx"] == 21
    assert any("raised from 13 to 21" in item.message for item in report.diagnostics)


def test_data_are_needed(network, tmp_path):
    model, _ = network
    with pytest.raises(CalibrationDataError, match="precision int8 needs calibration data") as caught:
        mw.quantize(model, tmp_path / "out.onnx")
    assert "--data" in caught.value.hint
    with pytest.raises(CalibrationDataError, match="no calibration data at"):
        mw.quantize(model, tmp_path / "out.onnx", data=tmp_path / "nowhere")
    assert not (tmp_path / "out.onnx").exists()


def test_settings_that_make_no_sense_are_named(network, tmp_path):
    model, data = network
    with pytest.raises(RecipeError, match="method is 'klx'") as caught:
        mw.quantize(model, tmp_path / "out.onnx", data=data, method="klx")
    assert "kl" in caught.value.hint
    with pytest.raises(UsageError, match="opset 11"):
        mw.quantize(model, tmp_path / "out.onnx", data=data, options={"opset": 11})
    with pytest.raises(UsageError, match="precision_level is 7"):
        mw.quantize(model, tmp_path / "out.onnx", data=data, precision_level=7)


def test_on_random_inputs_another_direction_is_no_failure(network, tmp_path):
    model, _ = network
    report = mw.quantize(model, tmp_path / "w.onnx", precision="weights", weights="int4", per_tensor=True)
    assert report.status is Status.UNVERIFIED
    assert report.verification is not None
    assert "a cosine with the source" in report.verification.reason
