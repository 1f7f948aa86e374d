"""TFLite files run in a worker of their own."""

from __future__ import annotations

import venv
from pathlib import Path

import numpy as np
import onnx.parser
import pytest

from modelwright.backends.tflite.write import write
from modelwright.errors import ArtifactInvalid, ModelFormatError
from modelwright.hub.io import load
from modelwright.verify.runners.litert import load_litert
from modelwright.verify.runners.runner import CannotRunHere


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 2] x) => (float[N, 2] y) { y = Neg (x) }'
    onnx.save(onnx.parser.parse_model(text), tmp_path / "m.onnx")
    write(load(tmp_path / "m.onnx"), tmp_path / "m.tflite")
    return tmp_path / "m.tflite"


def test_it_runs_with_any_batch(file):
    runner = load_litert(file, None)
    assert [str(item) for item in (*runner.inputs, *runner.outputs)] == ["x: float32[?, 2]", "y: float32[?, 2]"]
    x = np.ones((3, 2), np.float32)
    found = runner.timed({"x": x})
    np.testing.assert_array_equal(found.outputs["y"], -x)
    assert found.milliseconds is not None
    assert runner.label.startswith("LiteRT 2")


def test_a_file_that_does_not_load(file):
    raw = bytearray(file.read_bytes())
    place = raw.find(b"\x3b\x3b") if b"\x3b\x3b" in raw else raw.find(bytes([59]))
    assert place > 0
    raw[place] = 200
    file.write_bytes(raw)
    with pytest.raises((ArtifactInvalid, ModelFormatError)):
        load_litert(file, None).timed({"x": np.ones((1, 2), np.float32)})


def test_a_damaged_file(file):
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ModelFormatError, match="damaged"):
        load_litert(file, None)


def test_without_litert_the_result_cannot_run_here(file, tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    runner = load_litert(file, tmp_path / "bare" / "bin" / "python")
    with pytest.raises(CannotRunHere, match="LiteRT is not installed here"):
        runner.timed({"x": np.ones((1, 2), np.float32)})
