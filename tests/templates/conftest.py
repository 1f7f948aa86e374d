"""Input folders of every format that templates take."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures"
DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "saved_model"


def _case(archive: Path, name: str) -> dict[str, np.ndarray]:
    with np.load(archive) as arrays:
        return {key.partition("/")[2]: arrays[key] for key in arrays.files if key.startswith(f"{name}/")}


def _caffe(folder: Path) -> None:
    case = _case(FIXTURES / "caffe/convolution.npz", "plain")
    (folder / "net.prototxt").write_text(str(case["prototxt"]))
    (folder / "net.caffemodel").write_bytes(case["caffemodel"].tobytes())


def _paddle(folder: Path) -> None:
    case = _case(FIXTURES / "paddle/operators_program.npz", "abs")
    (folder / "model.pdmodel").write_bytes(case["program"].tobytes())


def _tflite(folder: Path) -> None:
    with np.load(io.BytesIO((FIXTURES / "tflite/networks.npz").read_bytes())) as arrays:
        name = next(key for key in arrays.files if key.endswith("/model"))
        (folder / "net.tflite").write_bytes(arrays[name].tobytes())


@pytest.fixture
def model_folder(tmp_path: Path, write_onnx: Callable[..., Path]) -> Callable[[str], Path]:
    """Makes an input folder of a format and returns it."""

    def make(kind: str) -> Path:
        folder = tmp_path / f"input_{kind}"
        if kind in ("saved_model", "tfjs"):
            source = DIGITS if kind == "saved_model" else FIXTURES / "tensorflow/tfjs/network"
            return Path(shutil.copytree(source, folder))
        if kind == "checkpoint":
            return Path(shutil.copytree(FIXTURES / "tensorflow/reader/tf1_checkpoint", folder))
        folder.mkdir()
        if kind == "frozen_graph":
            shutil.copy(FIXTURES / "tensorflow/models/elementwise/frozen.pb", folder)
        elif kind == "onnx":
            shutil.move(write_onnx(), folder)
        elif kind == "mindir":
            shutil.copy(FIXTURES / "mindir/exports/activations.mindir", folder)
        else:
            {"caffemodel": _caffe, "paddle": _paddle, "tflite": _tflite}[kind](folder)
        return folder

    return make
