"""Inputs and outputs with channels last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from lite_checking import compare, floats, lite_run, node_model, onnx_run, operators

from modelwright.backends.tflite.write import write
from modelwright.errors import UnknownNameError, UsageError
from modelwright.formats import ArtifactTensor
from modelwright.hub.io import load

X = floats(2, 3, 6, 5)
MODEL = node_model("Conv", {"x": X}, constants={"w": floats(4, 3, 3, 3)}, dynamic=["x"])


def _written(folder: Path, **options):
    onnx.save(MODEL, folder / "m.onnx")
    return write(load(folder / "m.onnx"), folder / "m.tflite", **options)


def test_no_transpose_is_left(tmp_path: Path):
    written = _written(tmp_path, inputs_as_nhwc=("x",), outputs_as_nhwc=("y0",))
    assert operators(written.files[0]) == ["CONV_2D"]
    found = lite_run(written.files[0], {"x": X.transpose(0, 2, 3, 1)})
    compare([found[0].transpose(0, 3, 1, 2)], onnx_run(MODEL, {"x": X}))
    assert written.inputs == (ArtifactTensor(name="x", artifact="x", perm=(0, 2, 3, 1)),)
    assert written.outputs == (ArtifactTensor(name="y0", artifact="y0", perm=(0, 2, 3, 1)),)


def test_names_that_are_not_there(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="no input named 'image'"):
        _written(tmp_path, inputs_as_nhwc=("image",))
    with pytest.raises(UnknownNameError, match="no output named 'image'"):
        _written(tmp_path, outputs_as_nhwc=("image",))


def test_a_matrix_has_no_channels(tmp_path: Path):
    onnx.save(node_model("Neg", {"x": np.ones((2, 2), np.float32)}), tmp_path / "m.onnx")
    with pytest.raises(UsageError, match="'x' has 2 dimensions, none of them spatial"):
        write(load(tmp_path / "m.onnx"), tmp_path / "m.tflite", inputs_as_nhwc=("x",))


def test_an_unknown_type(tmp_path: Path):
    with pytest.raises(UsageError, match="no such type"):
        _written(tmp_path, inference_input_type="int7")
