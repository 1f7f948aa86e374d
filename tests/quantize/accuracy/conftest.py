"""Models of the accuracy tests, from ONNX text with weights by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from onnx import numpy_helper

from modelwright.quantize.session import ModelRuns


def model_of(body: str, weights: Mapping[str, np.ndarray], *, x: str, y: str, opset: int = 17) -> ir.Model:
    """``body`` is the nodes; ``x`` and ``y`` are declarations such as ``float[1,3] x``."""
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g ({x}) => ({y}) {{ {body} }}'
    proto = onnx.parser.parse_model(text)
    for place, node in enumerate(proto.graph.node):
        node.name = f"n{place}"
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in weights.items())
    onnx.checker.check_model(proto)
    return ir.from_proto(proto)


def outputs_of(model: ir.Model, feed: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What the model gives."""
    names = [value.name or "" for value in model.graph.outputs]
    with ModelRuns(model) as runs:
        found = runs.runner(names).run(feed)[0]
    return [found[name] for name in names]


@pytest.fixture
def text_model():
    """`model_of`."""
    return model_of


@pytest.fixture
def outputs():
    """`outputs_of`."""
    return outputs_of


@pytest.fixture
def random():
    """Normal numbers as float32."""
    generator = np.random.default_rng(5)

    def make(*shape: int, scale: float | np.ndarray = 1.0) -> np.ndarray:
        return (generator.normal(size=shape) * scale).astype(np.float32)

    return make
