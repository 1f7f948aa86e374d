"""Makes ``networks`` and ``faults`` importable here, and models given as ONNX text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import onnx.parser
import onnx_ir as ir
import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def model() -> Callable[..., ir.Model]:
    """Makes a hub model of a graph's text."""

    def make(text: str, opset: int = 17) -> ir.Model:
        header = f'<ir_version: 8, opset_import: ["" : {opset}]>'
        return ir.serde.deserialize_model(onnx.parser.parse_model(f"{header}\n{text}"))

    return make
