import numpy as np
import pytest

import modelwright as mw
from modelwright.errors import ArtifactInvalid, WorkerCrashedError
from modelwright.formats import Format
from modelwright.verify.runners import mindspore
from modelwright.verify.runners.mindspore import query_source
from modelwright.verify.runners.runner import CannotRunHere
from modelwright.verify.source import SourceQuery
from modelwright.workers.protocol import Fault, Reply


@pytest.fixture
def file(small, tmp_path):
    mw.convert(small, tmp_path / "m.mindir", no_verify=True)
    return tmp_path / "m.mindir"


def answering(monkeypatch, *replies):
    left, asked = list(replies), []

    def run_worker(script, request, *, arrays, python):
        asked.append((request, dict(arrays)))
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(mindspore, "run_worker", run_worker)
    return asked


def reply(data=None, arrays=None, fault=None):
    return Reply(data=data or {}, arrays=arrays or {}, log="", fault=fault)


def test_inputs_and_outputs_are_the_files(monkeypatch, file, tmp_path):
    y = np.float32([1])
    asked = answering(
        monkeypatch,
        reply({"framework": "MindSpore 2.10"}),
        reply({"framework": "", "milliseconds": 2.0}, {"y": y}),
    )
    runner = mindspore.load(file, tmp_path / "python")
    assert [str(spec) for spec in runner.inputs] == ["x: float32[?, 3, 8, 8]", "s: float32[?, 2]"]
    assert [spec.name for spec in runner.outputs] == ["y", "t"]
    assert runner.timed({"x": y}).milliseconds == 2.0
    assert asked[1][0]["outputs"] == ["y", "t"]
    assert runner.label == "MindSpore 2.10"


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (reply(fault=Fault(kind="module", message="m")), CannotRunHere, "has no MindSpore"),
        (reply(fault=Fault(kind="model", message="why")), ArtifactInvalid, "does not load in MindSpore: why"),
        (reply(fault=Fault(kind="run", message="why")), ArtifactInvalid, "does not run in MindSpore: why"),
        (WorkerCrashedError("it ended"), ArtifactInvalid, "did not survive"),
    ],
)
def test_faults(monkeypatch, file, tmp_path, answer, error, message):
    answering(monkeypatch, answer)
    with pytest.raises(error, match=message):
        mindspore.load(file, tmp_path / "python")


def test_a_source_without_an_interpreter_is_not_run(tmp_path, monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_MS_PYTHON", raising=False)
    query = SourceQuery(
        model=tmp_path / "m.mindir", format=Format.MINDIR, inputs=(), outputs=(), details={}, python=None
    )
    assert query_source(query) is None
