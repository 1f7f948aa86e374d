"""What TensorFlow's CPU kernels refuse to run, against sums written out; and what is refused here."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import pytest
from checking import run

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.builder import NodeContext, TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tensorflow_operators


def _convert(op_type: str, x: np.ndarray, *constants: np.ndarray, **attributes: Any) -> ir.Model:
    """A model of one operator that takes ``x:0``."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": 17}, name="g")
    op = TensorFlowBuilder(graph, 17)
    op.node = NodeContext(name="node", op_type=op_type, dtypes={"T": ir.DataType.FLOAT})
    value = ir.Value(name="x:0", shape=ir.Shape(x.shape), type=ir.TensorType(ir.DataType.FLOAT))
    graph.inputs.append(value)
    operator = tensorflow_operators().find(op_type)
    assert operator is not None
    tensors = [op.constant(array) for array in constants]
    place = 2 if "Backprop" in op_type else 0
    with op.at("node"):
        y = operator.function(op, *tensors[:place], value, *tensors[place:], **attributes)
    graph.outputs.append(y[0] if isinstance(y, tuple) else y)
    op.dtype(graph.outputs[0])
    op.shape(graph.outputs[0])
    return ir.Model(graph, ir_version=8)


def test_groups_of_a_transposed_convolution(rng: np.random.Generator) -> None:
    y = rng.normal(size=(1, 4, 5, 4)).astype(np.float32)
    weights = rng.normal(size=(3, 3, 3, 4)).astype(np.float32)
    sizes = np.asarray([1, 8, 10, 6], np.int32)
    whole = {"strides": [1, 2, 2, 1], "padding": "SAME"}
    grouped = run(ir.to_proto(_convert("Conv2DBackpropInput", y, sizes, weights, **whole)), {"x": y})[0]
    sizes[3] = 3
    for group in range(2):
        part = np.ascontiguousarray(y[..., 2 * group : 2 * group + 2])
        filters = np.ascontiguousarray(weights[..., 2 * group : 2 * group + 2])
        model = _convert("Conv2DBackpropInput", part, sizes, filters, **whole)
        alone = run(ir.to_proto(model), {"x": part})[0]
        np.testing.assert_allclose(grouped[..., 3 * group : 3 * group + 3], alone, rtol=1e-5, atol=1e-5)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("scaled", [True, False])
def test_batch_norm_with_global_normalization(rng: np.random.Generator, *, scaled: bool) -> None:
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    mean, beta, gamma = rng.normal(size=(3, 5)).astype(np.float32)
    variance = rng.uniform(0.5, 2, 5).astype(np.float32)
    given = {"variance_epsilon": 0.01, "scale_after_normalization": scaled}
    model = _convert("BatchNormWithGlobalNormalization", x, mean, variance, beta, gamma, **given)
    wanted = (x - mean) / np.sqrt(variance + 0.01) * (gamma if scaled else 1) + beta
    np.testing.assert_allclose(run(ir.to_proto(model), {"x": x})[0], wanted, rtol=1e-5, atol=1e-5)


def test_strided_batch_is_refused() -> None:
    x, weights = np.zeros((2, 4, 4, 1), np.float32), np.zeros((1, 1, 1, 1), np.float32)
    with pytest.raises(ConversionError, match="Conv2D 'node': strides or dilates the batch"):
        _convert("Conv2D", x, weights, strides=[2, 1, 1, 1], padding="SAME")


def test_channels_that_do_not_divide_are_refused() -> None:
    x, weights = np.zeros((1, 4, 4, 5), np.float32), np.zeros((1, 1, 2, 4), np.float32)
    with pytest.raises(ConversionError, match="5 channels cannot be cut into groups of 2"):
        _convert("Conv2D", x, weights, strides=[1, 1, 1, 1], padding="SAME")


def test_pooling_over_the_batch_is_refused() -> None:
    with pytest.raises(ConversionError, match="pools over the batch"):
        _convert("AvgPool", np.zeros((2, 4, 4, 1), np.float32), ksize=[2, 1, 1, 1], strides=[1] * 4, padding="VALID")


def test_corners_and_centers_at_once_are_refused() -> None:
    size = np.asarray([2, 2], np.int32)
    both = {"align_corners": True, "half_pixel_centers": True}
    with pytest.raises(ConversionError, match="align_corners and half_pixel_centers at once"):
        _convert("ResizeBilinear", np.zeros((1, 4, 4, 1), np.float32), size, **both)
