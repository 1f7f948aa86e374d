import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from modelwright.diagnostics import Status
from modelwright.errors import CheckFailed, TemplateError, UnsupportedError
from modelwright.templates.catalogue import template_named
from modelwright.templates.convert import TemplateRequest, convert, prepare


@pytest.fixture
def request_of(tmp_path):
    def make(name, folder, **settings):
        return TemplateRequest(template=template_named(name), folder=folder, output=tmp_path / "out", settings=settings)

    return make


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Onnx-To-Onnx", {"batch_size": "2"}),
        ("Onnx-To-MindIR", {"batch_size": "2"}),
        ("TF-FrozenGraph-To-Onnx", {"output_tensor_names": "Identity_1:0:Identity_2:0"}),
        ("TF-Checkpoint-To-Onnx", {}),
        ("TFJS-To-Onnx", {}),
        ("Caffe-To-Onnx", {}),
        ("Paddle-To-Onnx", {}),
        ("TFLite-To-Onnx", {}),
        ("MindIR-To-Onnx", {"optimize": ""}),
    ],
)
def test_routes(request_of, model_folder, tmp_path, name, settings):
    settings = {key: value for key, value in settings.items() if value}
    report = convert(prepare(request_of(name, model_folder(template_named(name).format), **settings)))
    assert report.status in (Status.VERIFIED, Status.UNVERIFIED)
    assert (tmp_path / "out/job_log.txt").is_file()
    written = {path.suffix for path in (tmp_path / "out/model").iterdir()}
    assert written >= {".json", f".{template_named(name).result}"}


def test_the_result_computes_what_the_source_does(request_of, model_folder, tmp_path):
    reference = Path(__file__).parents[2] / "examples" / "digits" / "reference.npz"
    folder = model_folder("saved_model")
    (folder / "reference.npz").write_bytes(reference.read_bytes())
    report = convert(prepare(request_of("TF-SavedModel-To-TFLite", folder, batch_size="5", precision="32bit")))
    assert report.status is Status.VERIFIED
    config = json.loads((tmp_path / "out/model/config.json").read_text())
    assert config["inputs"] == [{"name": "image", "dtype": "float32", "shape": [5, 24, 24, 1]}]
    report = convert(prepare(request_of("TF-SavedModel-To-Onnx", folder)))
    session = onnxruntime.InferenceSession(tmp_path / "out/model/model.onnx", providers=["CPUExecutionProvider"])
    with np.load(reference) as arrays:
        found = session.run(None, {"image": arrays["in:image"]})[0]
        np.testing.assert_allclose(found, arrays["out:probabilities"], rtol=1e-4, atol=1e-6)


def test_a_plan_where_there_is_no_compiler(request_of, model_folder, tmp_path):
    report = convert(prepare(request_of("Onnx-To-Ascend-TBE", model_folder("onnx"), input_shape="x:?,3,8,8;s:?,2")))
    assert report.status is Status.PLANNED
    assert (tmp_path / "out/small.om.plan/build.sh").is_file()
    log = (tmp_path / "out/job_log.txt").read_text()
    assert "input tensor x: float32[N, 3, 8, 8]" in log
    assert "output node t: float32[N, 2]" in log


def test_what_the_target_refuses(request_of, write_onnx, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_onnx(
        '<ir_version: 8, opset_import: ["" : 17, "my" : 1]> g (float[1, 4] x) => (float[1, 4] y) { y = my.Twist (x) }',
        "in/net.onnx",
    )
    with pytest.raises(CheckFailed) as caught:
        convert(prepare(request_of("Onnx-To-Ascend-TBE", folder)))
    assert caught.value.hint.endswith("eval_report.json has all; skip_check=true lets the compiler decide")
    data = json.loads((tmp_path / "out/eval_report.json").read_text())
    assert (data["result"], data["fail"], data["op"][0]["cause"][0]["code"]) == ("failed", 1, 1)
    assert "MW-V003" in (tmp_path / "out/job_log.txt").read_text()
    assert not list((tmp_path / "out").glob("net.eval*"))


def test_what_cannot_be_imported_is_evaluated_too(request_of, tmp_path):
    import shutil
    from pathlib import Path

    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(Path(__file__).parents[1] / "fixtures/tensorflow/models/unsupported/frozen.pb", folder)
    with pytest.raises(UnsupportedError):
        convert(prepare(request_of("TF-FrozenGraph-To-Ascend", folder)))
    data = json.loads((tmp_path / "out/eval_report.json").read_text())
    assert "Igamma" in {item["type"] for item in data["op"] if item["result"] == "failed"}


def test_a_later_success_takes_the_evaluation_away(request_of, model_folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/eval_report.json").write_text("{}")
    convert(prepare(request_of("Onnx-To-Onnx", model_folder("onnx"), verify="false")))
    assert not (tmp_path / "out/eval_report.json").exists()


def test_nothing_is_begun_when_something_is_wrong(request_of, model_folder, tmp_path):
    with pytest.raises(TemplateError) as caught:
        prepare(request_of("Caffe-To-Ascend", model_folder("onnx"), output_type="FP99"))
    assert len(caught.value.items) == 3
    assert "no *.caffemodel" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_8bit_with_calibration_data(request_of, model_folder, tmp_path):
    reference = Path(__file__).parents[2] / "examples" / "digits" / "reference.npz"
    folder = model_folder("saved_model")
    (folder / "reference.npz").write_bytes(reference.read_bytes())
    (folder / "calibration_data").mkdir()
    with np.load(reference) as arrays:
        for number, image in enumerate(arrays["in:image"]):
            np.save(folder / "calibration_data" / f"{number}.npy", image[None])
    prepared = prepare(request_of("TF-SavedModel-To-TFLite", folder))
    assert len(prepared.found.files["calibration"]) == 5
    report = convert(prepared)
    assert report.status is Status.VERIFIED
    assert "quantize" in [step.name for step in report.steps]
