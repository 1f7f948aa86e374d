from pathlib import Path

import numpy as np
import pytest

from modelwright.diagnostics import ModelSummary, Status
from modelwright.errors import ToolMissingError
from modelwright.frontends.manifest import Imported, SourceTensor
from modelwright.pipeline.recipe import parse_recipe
from modelwright.pipeline.verification import Subject, source_runner, verify

EMPTY = ModelSummary(format="", inputs=(), outputs=(), operators={}, parameters=0, weight_bytes=0, file_bytes=0)


def _imported(**details):
    tensors = (SourceTensor(name="x", source="x:0"),)
    return Imported(model=None, summary=EMPTY, files=(), inputs=tensors, outputs=tensors, details=details)


def _recipe(source, path="m", **verify):
    data = {"source": {"path": path, "format": source}, "output": {"path": "o.onnx"}, "verify": verify}
    return parse_recipe(data)


def test_onnx_runs_in_onnx_runtime(small):
    assert "ONNX Runtime" in source_runner(_recipe("onnx", str(small)), _imported()).label
    assert source_runner(_recipe("onnx"), _imported(cut=True)) is None


def test_tensorflow_runs_where_an_interpreter_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    imported = _imported(path=Path("m"))
    assert source_runner(_recipe("tf-graphdef"), imported) is None
    with pytest.raises(ToolMissingError):
        source_runner(_recipe("tf-graphdef", tf_python=str(tmp_path / "none")), imported)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    monkeypatch.setenv("MODELWRIGHT_TF_PYTHON", str(python))
    assert source_runner(_recipe("tf-saved-model"), imported).label == "TensorFlow"


@pytest.mark.parametrize(("step", "status"), [(1, Status.UNVERIFIED), (200, Status.FAILED)])
def test_a_quantized_source_needs_to_come_close_only(write_onnx, tmp_path, step, status):
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (int32[N] x) => (int32[N] y) { y = Neg (x) }', "q.onnx"
    )
    x = np.arange(-60, 60, dtype=np.int32)
    wrong = -x
    wrong[::2] += step
    np.savez(tmp_path / "r.npz", **{"in:x": x, "out:y": wrong})
    recipe = _recipe("onnx", str(path), reference=str(tmp_path / "r.npz"))
    assert verify(recipe, _imported(rounds_between_layers=True), Subject(path=path)).status is status
    assert verify(recipe, _imported(), Subject(path=path)).status is Status.FAILED
