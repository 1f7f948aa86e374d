"""Sources run by a worker script."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.runners import in_worker
from modelwright.verify.source import Binding, SourceQuery, SourceRunFailed

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
document = json.loads((folder / "request.json").read_text())
with np.load(folder / "inputs.npz") as archive:
    np.savez(folder / "outputs.npz", a0=archive["a0"] * document["request"]["times"])
fault = {fault!r}
reply = {{"version": 1, "ok": True, "data": {{"framework": "Some 1.0"}}, "arrays": ["prob"]}}
if fault:
    reply = {{"version": 1, "ok": False, "error": {{"kind": fault, "message": "because"}}}}
(folder / "reply.json").write_text(json.dumps(reply))
"""


def _source(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str = ""):
    (folder / "some_run.py").write_text(SCRIPT.format(fault=fault))
    monkeypatch.setattr(in_worker, "_ENTRIES", folder)
    query = SourceQuery(
        model=folder / "m",
        format=Format.ONNX,
        inputs=(Binding(name="x", source="data", perm=(1, 0)),),
        outputs=(Binding(name="y", source="prob"),),
    )
    python = Path(sys.executable)
    return in_worker.worker_source(query, {"times": 3}, entry="some_run", python=python, label="Some", needs="some")


def test_names_layouts_and_the_request_reach_the_worker(tmp_path, monkeypatch):
    given = np.arange(6, dtype=np.float32).reshape(2, 3)
    result = _source(tmp_path, monkeypatch).run({"x": given})
    assert result.label == "Some 1.0"
    np.testing.assert_array_equal(result.arrays["y"], given.T * 3)


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("module", ToolMissingError, "some cannot be imported there"),
        ("model", SourceRunFailed, "Some cannot load"),
        ("run", SourceRunFailed, "Some cannot run"),
    ],
)
def test_faults_become_errors(tmp_path, monkeypatch, fault, error, message):
    with pytest.raises(error, match=message):
        _source(tmp_path, monkeypatch, fault).run({"x": np.zeros((1, 1), np.float32)})
