"""Caffe sources run in OpenCV."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.runners import in_worker
from modelwright.verify.runners.opencv import query_source
from modelwright.verify.source import Binding, SourceQuery, SourceRunFailed
from modelwright.workers.interpreters import OPENCV

FIXTURES = Path(__file__).parents[2] / "fixtures" / "caffe"
DETAILS = {"caffemodel": None, "output_layers": {"y": ("y", 0)}, "detections": [], "differs": [], "cut_inputs": False}


def _query(folder: Path, python: Path | None, **details) -> SourceQuery:
    return SourceQuery(
        model=folder / "net.prototxt",
        format=Format.CAFFE,
        inputs=(Binding(name="x", source="x"),),
        outputs=(Binding(name="out", source="y"),),
        python=python,
        details=DETAILS | details,
    )


def test_without_an_interpreter_there_is_no_runner(tmp_path, monkeypatch):
    monkeypatch.delenv(OPENCV.variable, raising=False)
    assert query_source(_query(tmp_path, None)) is None


def test_the_request_names_files_and_layers(tmp_path, monkeypatch):
    script = """
import json, sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())["request"]
assert request["prototxt"].endswith("net.prototxt") and request["caffemodel"].endswith("w.caffemodel"), request
assert request["outputs"] == {"y": ["relu", 1]} and request["detections"] == ["y"], request
np.savez(folder / "outputs.npz", a0=np.ones(3, np.float32))
reply = {"version": 1, "ok": True, "data": {"framework": "OpenCV 4.9"}, "arrays": ["y"]}
(folder / "reply.json").write_text(json.dumps(reply))
"""
    (tmp_path / "opencv_run.py").write_text(script)
    monkeypatch.setattr(in_worker, "_ENTRIES", tmp_path)
    details = {"caffemodel": tmp_path / "w.caffemodel", "output_layers": {"y": ("relu", 1)}, "detections": ["y"]}
    runner = query_source(_query(tmp_path, Path(sys.executable), **details))
    assert runner is not None
    found = runner.run({"x": np.zeros(3, np.float32)})
    assert found.label == "OpenCV 4.9"
    np.testing.assert_array_equal(found.arrays["out"], np.ones(3))


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        (
            {"differs": ["LRN 'n' (k)", "a", "b", "c"]},
            r"OpenCV computes layers otherwise than Caffe: LRN 'n' \(k\), a, b and 1",
        ),
        ({"cut_inputs": True}, "cut at its inputs"),
        ({"output_layers": {"y": None}}, "no layer that makes 'y'"),
    ],
)
def test_comparisons_that_would_say_nothing_are_refused(tmp_path, details, reason):
    runner = query_source(_query(tmp_path, Path(sys.executable), **details))
    assert runner is not None
    with pytest.raises(SourceRunFailed, match=reason):
        runner.run({})


def test_an_interpreter_without_opencv_says_so(tmp_path):
    runner = query_source(_query(tmp_path, Path(sys.executable)))
    assert runner is not None
    with pytest.raises(ToolMissingError, match="OpenCV 4 cannot be imported there"):
        runner.run({"x": np.zeros(3, np.float32)})


@pytest.mark.oracle_opencv
def test_a_net_runs(tmp_path):
    python = OPENCV.find(None)
    if python is None:
        pytest.skip(f"set {OPENCV.variable}")
    with np.load(FIXTURES / "convolution.npz") as archive:
        found = {key.partition("/")[2]: archive[key] for key in archive.files if key.startswith("plain/")}
    (tmp_path / "net.prototxt").write_text(str(found["prototxt"]))
    (tmp_path / "net.caffemodel").write_bytes(found["caffemodel"].tobytes())
    runner = query_source(_query(tmp_path, python, caffemodel=tmp_path / "net.caffemodel"))
    assert runner is not None
    np.testing.assert_allclose(runner.run({"x": found["in:x"]}).arrays["out"], found["out:y"], atol=1e-5)
