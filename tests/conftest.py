"""Models that tests of several rooms use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.parser
import onnxruntime
import pytest

SMALL = """
<ir_version: 8, opset_import: ["" : 17]>
small (float[N, 3, 8, 8] x, float[N, 2] s) => (float[N, 3, 8, 8] y, float[N, 2] t)
<float[1] half = {0.5}>
{
    a = Relu (x)
    b = Mul (a, half)
    y = Add (b, a)
    t = Neg (s)
}
"""


@pytest.fixture
def operators_run(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs a model in ONNX Runtime and gives its operators in the order in which its profile says that they ran."""

    def ran(model: Path | bytes, feeds: Mapping[str, np.ndarray], options: Any = None) -> list[str]:
        options = options or onnxruntime.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(tmp_path / "profile")
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        session.run(None, feeds)
        events = json.loads(Path(session.end_profiling()).read_text())
        return [event["args"]["op_name"] for event in events if event["name"].endswith("_kernel_time")]

    return ran


@pytest.fixture
def write_onnx(tmp_path: Path) -> Callable[..., Path]:
    """Writes a model given as ONNX text and returns its path."""

    def write(text: str = SMALL, name: str = "small.onnx") -> Path:
        path = tmp_path / name
        onnx.save(onnx.parser.parse_model(text), path)
        return path

    return write


@pytest.fixture
def small(write_onnx: Callable[..., Path]) -> Path:
    """A model of four nodes, two inputs with a common free dimension, two outputs."""
    return write_onnx()
