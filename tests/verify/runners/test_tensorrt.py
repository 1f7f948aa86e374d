import numpy as np
import pytest

from modelwright.errors import ArtifactInvalid
from modelwright.verify.runners import tensorrt
from modelwright.verify.runners.runner import CannotRunHere
from modelwright.workers.protocol import Fault, Reply


def answering(monkeypatch, *replies):
    left = list(replies)
    asked = []

    def run_worker(script, request, *, arrays, python):
        asked.append((script.name, dict(arrays), python))
        return left.pop(0)

    monkeypatch.setattr(tensorrt, "run_worker", run_worker)
    return asked


def reply(data=None, arrays=None, fault=None):
    return Reply(data=data or {}, arrays=arrays or {}, log="", fault=fault)


DESCRIBED = {"framework": "TensorRT-RTX 1.7", "inputs": [["x", "float16", [-1, 3]]], "outputs": [["y", "float32", [2]]]}


def test_an_engine_on_a_gpu(monkeypatch, tmp_path):
    y = np.float32([1, 2])
    asked = answering(monkeypatch, reply(DESCRIBED), reply({**DESCRIBED, "milliseconds": 0.5}, {"y": y}))
    runner = tensorrt.load(tmp_path / "m.engine", tmp_path / "python")
    assert [str(spec) for spec in (*runner.inputs, *runner.outputs)] == ["x: float16[?, 3]", "y: float32[2]"]
    found = runner.timed({"x": np.zeros((1, 3), np.float16)})
    assert (found.milliseconds, found.outputs["y"].tolist()) == (0.5, [1, 2])
    assert [item[0] for item in asked] == ["tensorrt_run.py"] * 2
    assert asked[1][2] == tmp_path / "python"


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        ("device", CannotRunHere, "none is here"),
        ("module", CannotRunHere, "not installed"),
        ("model", ArtifactInvalid, "does not load in TensorRT: why"),
        ("run", ArtifactInvalid, "does not run in TensorRT: why"),
    ],
)
def test_faults(monkeypatch, tmp_path, kind, error, message):
    answering(monkeypatch, reply(fault=Fault(kind=kind, message="why")))
    with pytest.raises(error, match=message):
        tensorrt.load(tmp_path / "m.engine", None)
