"""Tensors inside a frozen graph; the worker is a stand-in, but for the live test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
from modelwright.diagnostics import Status
from modelwright.errors import ToolMissingError
from modelwright.verify.runners import tensorflow_tensors
from modelwright.verify.source import SourceRunFailed

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())["request"]
fault = {fault!r}
with np.load(folder / "inputs.npz") as archive:
    np.savez(folder / "outputs.npz", **{{f"a{{i}}": archive["a0"] + i for i in range(len(request["outputs"]))}})
known = [name for name in request["known"] if name != "gone:0"]
data = {{"framework": "TensorFlow 0", "known": known}}
reply = {{"version": 1, "ok": True, "data": data, "arrays": request["outputs"]}}
if fault:
    reply = {{"version": 1, "ok": False, "error": {{"kind": fault, "message": "because"}}}}
(folder / "reply.json").write_text(json.dumps(reply))
"""


def _tensors(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str = ""):
    script = folder / "run.py"
    script.write_text(SCRIPT.format(fault=fault))
    monkeypatch.setattr(tensorflow_tensors, "_ENTRY", script)
    return tensorflow_tensors.TensorFlowTensors(folder / "g.pb", Path(sys.executable), {"x:0": np.float32([1])})


def test_names_reach_the_worker_and_runs_are_counted(tmp_path, monkeypatch):
    tensors = _tensors(tmp_path, monkeypatch)
    found = tensors.fetch(["a:0", "b:0"], ask=["a:0", "gone:0"])
    assert {name: array.tolist() for name, array in found.items()} == {"a:0": [1], "b:0": [2]}
    assert (tensors.known, tensors.label, tensors.runs) == ({"a:0"}, "TensorFlow 0", 1)
    tensors.fetch(["c:0"])
    assert (tensors.known, tensors.runs) == ({"a:0"}, 2)


@pytest.mark.parametrize(("fault", "error"), [("module", ToolMissingError), ("run", SourceRunFailed)])
def test_faults_become_errors(tmp_path, monkeypatch, fault, error):
    with pytest.raises(error, match="because"):
        _tensors(tmp_path, monkeypatch, fault).fetch(["a:0"])


@pytest.mark.oracle_tf
def test_a_wrong_layer_is_found_against_tensorflow_itself(tmp_path):
    import onnx

    python = os.environ["MODELWRIGHT_TF_PYTHON"]
    mw.convert("examples/digits/saved_model", tmp_path / "digits.onnx")
    proto = onnx.load(tmp_path / "digits.onnx")
    conv = [node for node in proto.graph.node if node.op_type == "Conv"][3]
    weight = next(item for item in proto.graph.initializer if item.name == conv.input[1])
    array = onnx.numpy_helper.to_array(weight).copy()
    array[0] *= 1.5
    weight.CopyFrom(onnx.numpy_helper.from_array(array, weight.name))
    onnx.save(proto, tmp_path / "wrong.onnx")
    found = mw.verify(tmp_path / "wrong.onnx", "examples/digits/saved_model", tf_python=python)
    assert "TensorFlow" in found.method
    assert conv.name.rsplit("/", 1)[0] in found.divergence.source_nodes
    assert found.divergence.certain
    right = mw.verify(tmp_path / "digits.onnx", "examples/digits/saved_model", tf_python=python)
    assert right.status is Status.VERIFIED
