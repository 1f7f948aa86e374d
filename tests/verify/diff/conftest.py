"""Models given as ONNX text, in the hub."""

from __future__ import annotations

from collections.abc import Callable

import onnx.parser
import onnx_ir as ir
import pytest


@pytest.fixture
def model() -> Callable[[str], ir.Model]:
    """Makes a hub model of a graph's text; ``opset`` goes into the header."""

    def make(text: str, opset: int = 17) -> ir.Model:
        return ir.serde.deserialize_model(
            onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : {opset}]>\n{text}')
        )

    return make
