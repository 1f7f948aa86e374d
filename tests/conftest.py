"""Models that tests of several rooms use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import onnx.parser
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
