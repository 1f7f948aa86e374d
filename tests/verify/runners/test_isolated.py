import os
import subprocess
import sys

import numpy as np
import onnx
import onnx.helper
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.verify.runners.isolated import IsolatedRuntime
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner
from modelwright.verify.runners.runner import CannotRunHere

H = onnx.helper


def write(path, op_type="Neg", dtype=onnx.TensorProto.FLOAT, domain="", shape=("N", None)):
    graph = H.make_graph(
        [H.make_node(op_type, ["x"], ["y"], name="n", domain=domain)],
        "g",
        [H.make_tensor_value_info("x", dtype, shape)],
        [H.make_tensor_value_info("y", dtype, shape)],
    )
    opsets = [H.make_opsetid("", 17)] + ([H.make_opsetid(domain, 1)] if domain else [])
    onnx.save(H.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def runtime():
    with IsolatedRuntime() as found:
        yield found


def test_the_same_as_in_this_process(runtime, tmp_path):
    path = write(tmp_path / "m.onnx")
    there, here = runtime.open(path), OnnxRuntimeRunner(path)
    assert (there.label, there.inputs, there.outputs) == (here.label, here.inputs, here.outputs)
    x = np.random.default_rng(3).standard_normal((3, 5)).astype(np.float32)
    ran = there.timed({"x": x})
    np.testing.assert_array_equal(ran.outputs["y"], -x)
    assert ran.milliseconds > 0


def test_strings(runtime, tmp_path):
    runner = runtime.open(write(tmp_path / "m.onnx", "Identity", onnx.TensorProto.STRING, shape=("N",)))
    assert runner.timed({"x": np.array(["a", "bc"])}).outputs["y"].tolist() == ["a", "bc"]


def test_loading_can_begin_before(runtime, tmp_path):
    first, second = write(tmp_path / "a.onnx", "Neg"), write(tmp_path / "b.onnx", "Abs")
    x = np.array([[-2.0]], np.float32)
    runtime.expect(first)
    assert runtime.open(first).timed({"x": x}).outputs["y"] == 2
    runtime.expect(first)
    assert runtime.open(second).timed({"x": -x}).outputs["y"] == 2


def test_something_is_done_once_while_a_model_runs_for_the_first_time(tmp_path):
    done = []
    with IsolatedRuntime(meanwhile=lambda: done.append("imported")) as runtime:
        runner = runtime.open(write(tmp_path / "m.onnx"))
        assert not done
        for value in (-2.0, 3.0):
            x = np.array([[value]], np.float32)
            assert runner.timed({"x": x}).outputs["y"] == -value
    assert done == ["imported"]


def test_the_other_process_imports_what_it_runs_with_and_no_more():
    program = (
        "import sys; from modelwright.verify.runners.isolated import onnxruntime_handler; onnxruntime_handler(); "
        "print(*sorted({'onnx', 'onnx_ir', 'google.protobuf'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_faults_are_those_of_the_runner(runtime, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"nonsense")
    with pytest.raises(ArtifactInvalid, match=r"m.onnx: the model does not load"):
        runtime.open(tmp_path / "m.onnx")
    with pytest.raises(CannotRunHere, match="no operator"):
        runtime.open(write(tmp_path / "n.onnx", "Thing", domain="custom"))
    runner = runtime.open(write(tmp_path / "o.onnx"))
    with pytest.raises(ArtifactInvalid, match="does not run") as caught:
        runner.timed({"x": np.zeros((1, 2, 3), np.float32)})
    assert caught.value.hint


def test_a_runtime_that_crashes_is_a_finding_about_the_artifact(tmp_path):
    with IsolatedRuntime() as runtime:
        runner = runtime.open(write(tmp_path / "m.onnx"))
        os.kill(runtime._companion._process.pid, 11)
        with pytest.raises(ArtifactInvalid, match=r"m.onnx: ONNX Runtime did not survive running it: .*SIGSEGV"):
            runner.timed({"x": np.zeros((1, 2), np.float32)})


def test_on_one_core_the_process_starts_when_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with IsolatedRuntime() as runtime:
        assert runtime._companion is None
        assert runtime.open(write(tmp_path / "m.onnx")).label.startswith("ONNX Runtime")


def test_the_process_may_start_late(tmp_path):
    with IsolatedRuntime(early=False) as runtime:
        assert runtime._companion is None
        assert runtime.open(write(tmp_path / "m.onnx")).label.startswith("ONNX Runtime")
        assert runtime._companion is not None
