import json
from pathlib import Path

import numpy as np
import onnx
import pytest

import modelwright as mw
from modelwright.pipeline.recipe import parse_recipe
from modelwright.pipeline.run import run, settle

EXAMPLE = Path(__file__).parents[2] / "examples/digits"

NOT_THERE = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 4] x) => (float[4] y)
<int64 row = {7}>
{ [pick] y = Gather (x, row) }
"""


def _files(folder):
    return sorted(path.name for path in folder.iterdir())


def _reference(path, model, *, wrong=False):
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float32)
    s = np.ones((2, 2), np.float32)
    a = np.maximum(x, 0)
    np.savez(path, **{"in:x": x, "in:s": s, "out:y": a * 1.5 + wrong, "out:t": -s})
    return path


def test_tensorflow_end_to_end(tmp_path):
    output = tmp_path / "new" / "digits.onnx"
    report = mw.convert(EXAMPLE / "saved_model", output, reference=EXAMPLE / "reference.npz")
    assert report.status is mw.Status.VERIFIED
    assert report.verification.outputs[0].max_rel < 1e-5
    assert [step.name for step in report.steps] == ["import", "optimize", "export", "verify"]
    assert "Transpose" not in report.artifact.operators
    assert _files(output.parent) == ["digits.onnx", "digits.report.json"]
    stored = json.loads((output.parent / "digits.report.json").read_text())
    assert stored["recipe"]["source"]["format"] == "tf-saved-model"
    assert stored["files"][0]["bytes"] == output.stat().st_size
    assert sorted(stored["inputs"]) == [
        "saved_model.pb",
        "variables/variables.data-00000-of-00001",
        "variables/variables.index",
    ]
    assert stored["measured"]["seconds"].keys() == {"import", "optimize", "export", "verify"}
    onnx.checker.check_model(onnx.load(output), full_check=True)


def test_without_verification(small, tmp_path):
    report = mw.convert(small, tmp_path / "out.onnx", onnxsim=True, no_verify=True)
    assert report.status is mw.Status.UNVERIFIED
    assert "--no_verify" in report.verification.reason
    assert [step.name for step in report.steps] == ["import", "optimize", "export"]
    assert [step["name"] for step in report.plan] == ["import", "optimize", "export"]
    again = mw.run(tmp_path / "out.report.json")
    assert again.status is mw.Status.UNVERIFIED
    with pytest.raises(mw.UsageError, match="left out"):
        mw.convert(small, tmp_path / "o.onnx", no_verify=True, reference=tmp_path / "r.npz")


def test_onnx_is_compared_with_itself(small, tmp_path):
    report = mw.convert(small, tmp_path / "out.onnx", onnxsim=True, free_dim_param=["N:2"])
    assert report.status is mw.Status.VERIFIED
    assert "ONNX Runtime" in report.verification.method
    assert [str(spec) for spec in report.artifact.inputs] == ["x: float32[2, 3, 8, 8]", "s: float32[2, 2]"]


def test_a_reference_that_matches(small, tmp_path):
    reference = _reference(tmp_path / "ref.npz", small)
    report = mw.convert(small, tmp_path / "out.onnx", reference=reference)
    assert report.status is mw.Status.VERIFIED
    assert report.verification.method == "ref.npz"


def test_an_artifact_that_fails_is_kept_beside_a_report_that_says_so(small, tmp_path):
    reference = _reference(tmp_path / "ref.npz", small, wrong=True)
    with pytest.raises(mw.VerificationFailed) as caught:
        mw.convert(small, tmp_path / "out" / "m.onnx", reference=reference)
    assert caught.value.exit_code == 4
    assert caught.value.report.status is mw.Status.FAILED
    assert _files(tmp_path / "out") == ["m.onnx", "m.report.json"]
    stored = json.loads((tmp_path / "out" / "m.report.json").read_text())
    assert stored["status"] == "failed"
    assert stored["error"]["code"] == "MW-V001"
    assert [item["passed"] for item in stored["verification"]["outputs"]] == [False, True]


def test_an_artifact_that_does_not_run_is_kept_too_and_messages_name_its_final_place(write_onnx, tmp_path):
    path = write_onnx(NOT_THERE, "fixed.onnx")
    output = tmp_path / "out" / "m.onnx"
    with pytest.raises(mw.VerificationFailed) as caught:
        mw.convert(path, output, inputs="x[3,4]")
    assert ".modelwright-" not in caught.value.message
    assert "pick" in caught.value.message


def test_another_batch_is_compared_with_runs_of_the_sources_own(write_onnx, tmp_path):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, 3, 8] x) => (float[1, 24] y)
        <int64[2] s = {1, 24}>
        { a = Softmax (x)  [flat] y = Reshape (a, s) }
    """
    path = write_onnx(text)
    report = mw.convert(path, tmp_path / "out.onnx", inputs="x[4,3,8]", rebatch=True)
    assert report.status is mw.Status.VERIFIED
    assert "4 runs of batch 1" in report.verification.method
    assert report.verification.outputs[0].shape == (4, 24)
    report = mw.convert(path, tmp_path / "out.onnx", inputs="x[batch,3,8]", rebatch=True)
    assert report.status is mw.Status.VERIFIED
    with pytest.raises(mw.UserError, match="flat"):
        mw.convert(path, tmp_path / "out.onnx", inputs="x[4,3,8]")


SUMS = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[1, 3] x) => (float[1, 3] y)
<int64 axis = {0}>
{ y = CumSum (x, axis) }
"""


def test_samples_that_influence_each_other(write_onnx, tmp_path):
    path = write_onnx(SUMS)
    report = mw.convert(path, tmp_path / "out.onnx", inputs="x[4,3]")
    assert report.status is mw.Status.UNVERIFIED
    assert "influence each other" in report.verification.reason
    with pytest.raises(mw.VerificationFailed):
        mw.convert(path, tmp_path / "out.onnx", inputs="x[4,3]", rebatch=True)


def test_another_size_is_compared_with_the_source_without_declared_sizes(write_onnx, tmp_path):
    text = """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, 3, 8, 8] x) => (float[1, 3, 4, 4] y)
        { y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x) }
    """
    report = mw.convert(write_onnx(text), tmp_path / "out.onnx", inputs="x[1,3,10,12]")
    assert report.status is mw.Status.VERIFIED
    assert "declared shapes opened" in report.verification.method
    report = mw.convert(write_onnx(text), tmp_path / "out.onnx", inputs="x[3,3,10,12]")
    assert report.status is mw.Status.VERIFIED
    assert "3 runs of batch 1" in report.verification.method


@pytest.mark.parametrize("ends", [{"inputs": "a", "outputs": "y"}, {"outputs": "b,t"}, {"inputs": "b,a"}])
def test_a_subgraph_is_compared_with_the_running_source(small, tmp_path, ends):
    if "outputs" not in ends:
        ends = {**ends, "outputs": "y"}
    report = mw.convert(small, tmp_path / "out.onnx", **ends)
    assert report.status is mw.Status.VERIFIED
    assert "the source in ONNX Runtime" in report.verification.method
    assert _files(tmp_path) == ["out.onnx", "out.report.json", "small.onnx"]


def test_a_subgraph_of_another_shape_is_unverified_with_a_reason(small, tmp_path):
    report = mw.convert(small, tmp_path / "out.onnx", inputs="a[5,3,8,8]", outputs="y")
    assert report.status is mw.Status.UNVERIFIED
    assert report.verification.reason


def test_errors_leave_nothing_behind_and_carry_a_report(small, tmp_path):
    with pytest.raises(mw.UnknownNameError) as caught:
        mw.convert(small, tmp_path / "out" / "deep" / "m.onnx", free_dim_param=["M:2"])
    assert not (tmp_path / "out").exists()
    assert caught.value.report.status is mw.Status.FAILED
    assert caught.value.report.error["code"] == "MW-U103"
    assert caught.value.report.artifact is None


def test_an_older_artifact_survives_an_error(small, tmp_path):
    mw.convert(small, tmp_path / "m.onnx")
    before = {name: (tmp_path / name).read_bytes() for name in ("m.onnx", "m.report.json")}
    with pytest.raises(mw.UserError):
        mw.convert(small, tmp_path / "m.onnx", outputs="nothing")
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_interruptions_leave_nothing_behind(small, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("modelwright.verify.verify.verify_artifact", interrupt)
    with pytest.raises(KeyboardInterrupt):
        mw.convert(small, tmp_path / "out" / "m.onnx")
    assert not (tmp_path / "out").exists()


def test_a_tool_that_fails_leaves_the_artifact(tmp_path):
    with pytest.raises(mw.ToolMissingError) as caught:
        mw.convert(EXAMPLE / "saved_model", tmp_path / "m.onnx", tf_python=tmp_path / "no-python")
    assert caught.value.exit_code == 3
    assert _files(tmp_path) == ["m.onnx", "m.report.json"]
    assert json.loads((tmp_path / "m.report.json").read_text())["error"]["code"] == "MW-T003"


def test_a_frozen_graph_on_the_side(tmp_path):
    mw.convert(EXAMPLE / "saved_model", tmp_path / "m.onnx", output_frozen_graph=tmp_path / "side" / "f.pb")
    report = mw.convert(tmp_path / "side" / "f.pb", tmp_path / "again.onnx")
    assert report.source.format == "TensorFlow GraphDef"
    assert _files(tmp_path / "side") == ["f.pb"]


def test_weights_in_a_file_of_their_own(tmp_path):
    mw.convert(EXAMPLE / "saved_model", tmp_path / "m.onnx", large_model=True, reference=EXAMPLE / "reference.npz")
    assert _files(tmp_path) == ["m.onnx", "m.onnx.data", "m.report.json"]


@pytest.mark.parametrize(
    ("source", "output", "target", "error"),
    [
        ("small.onnx", "small.onnx", None, mw.UsageError),
        ("small.onnx", "m.toast", None, mw.UsageError),
        ("small.onnx", "m.onnx", "tflight", mw.UnknownNameError),
        ("none.onnx", "m.onnx", None, mw.ModelNotFoundError),
    ],
)
def test_contradictions_are_found_before_anything_runs(small, source, output, target, error):
    data = {"source": {"path": str(small.with_name(source))}, "output": {"path": str(small.with_name(output))}}
    if target:
        data["output"]["target"] = target
    with pytest.raises(error):
        settle(parse_recipe(data))


def test_side_files_may_not_be_the_output_or_the_source(tmp_path):
    for name in ("m.onnx", "m.report.json"):
        with pytest.raises(mw.UsageError, match=name):
            mw.convert(EXAMPLE / "saved_model", tmp_path / "m.onnx", output_frozen_graph=tmp_path / name)


def test_a_missing_reference_is_found_before_the_conversion(small, tmp_path):
    with pytest.raises(mw.ModelNotFoundError, match="reference"):
        mw.convert(small, tmp_path / "m.onnx", reference=tmp_path / "none.npz")


def test_observers_hear_every_step(small, tmp_path):
    class Ear:
        def __init__(self):
            self.heard = []

        def begin(self, step):
            self.heard.append(step)

        def end(self, step):
            self.heard.append(f"/{step}")

    ear = Ear()
    run(parse_recipe({"source": {"path": str(small)}, "output": {"path": str(tmp_path / "o.onnx")}}), observer=ear)
    assert ear.heard == ["import", "/import", "export", "/export", "verify", "/verify"]
