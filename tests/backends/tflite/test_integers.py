"""Networks with QuantizeLinear and DequantizeLinear run on integers, one step off ONNX Runtime at most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import pytest
from lite_checking import converted, floats, lite_run, onnx_run
from onnx import numpy_helper

from modelwright.errors import UsageError
from modelwright.frontends.tflite.reader import read_tflite


def _model(
    body: str, shape: tuple[int, ...], weights: dict[str, np.ndarray] | None = None, *, zero: np.ndarray | None = None
) -> onnx.ModelProto:
    """A graph between quantized data: `q` is the input's real numbers, `r` what is quantized behind it."""
    dims = ", ".join(map(str, shape))
    text = f"""<ir_version: 8, opset_import: ["" : 17]> g (float[{dims}] x) => (float y) {{
        xq = QuantizeLinear (x, xs, xz) q = DequantizeLinear (xq, xs, xz)
        {body}
        rq = QuantizeLinear (r, rs, xz) y = DequantizeLinear (rq, rs, xz)
    }}"""
    model = onnx.parser.parse_model(text)
    model.graph.output[0].type.tensor_type.ClearField("shape")
    offset = np.array(3, np.int8) if zero is None else zero
    constants = {"xs": np.float32(0.02), "xz": offset, "rs": np.float32(0.0437), **(weights or {})}
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    return model


def _weights(*shape: int, axis: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        "wq": random.integers(-127, 128, shape).astype(np.int8),
        "ws": random.uniform(0.002, 0.01, shape[axis]).astype(np.float32),
        "wz": np.zeros(shape[axis], np.int8),
        "b": random.uniform(-1, 1, shape[axis]).astype(np.float32),
    }


CONV = "w = DequantizeLinear <axis = 0> (wq, ws, wz) "
BODIES = {
    "convolution": (CONV + "r = Conv <pads = [1, 1, 1, 1]> (q, w, b)", (2, 4, 6, 5), _weights(3, 4, 3, 3)),
    "relu": (CONV + "c = Conv (q, w, b) r = Relu (c)", (1, 4, 6, 5), _weights(3, 4, 3, 3)),
    "depthwise": (CONV + "r = Conv <group = 4> (q, w, b)", (1, 4, 6, 5), _weights(4, 1, 3, 3)),
    "strided, padded": (
        CONV + "r = Conv <pads = [1, 1, 0, 0], strides = [2, 2]> (q, w)", (1, 4, 6, 6), _weights(3, 4, 3, 3)
    ),
    "dense": ("w = DequantizeLinear <axis = 1> (wq, ws, wz) r = MatMul (q, w)", (5, 4), _weights(4, 3, axis=1)),
    "sum": ("r = Add (q, q)", (3, 4), None),
    "product": ("r = Mul (q, q)", (3, 4), None),
    "max pool": ("r = MaxPool <kernel_shape = [2, 2], pads = [1, 0, 0, 1]> (q)", (1, 3, 6, 6), None),
    "average pool": ("r = AveragePool <kernel_shape = [2, 2]> (q)", (1, 3, 6, 6), None),
    "global": ("r = GlobalAveragePool (q)", (2, 3, 6, 6), None),
    "sigmoid": ("r = Sigmoid (q)", (3, 4), None),
    "concat": ("t = Transpose <perm = [1, 0]> (q) r = Concat <axis = 1> (t, t)", (3, 4), None),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("plain", [False, True])
def test_on_integers(tmp_path: Path, name, dtype, plain):
    body, shape, weights = BODIES[name]
    model = _model(body, shape, weights, zero=np.array(3 if dtype is np.int8 else 131, dtype))
    feeds = {"x": floats(*shape)}
    path = converted(model, tmp_path)
    found, expected = lite_run(path, feeds, plain=plain)[0], onnx_run(model, feeds)[0]
    assert np.abs(found - expected).max() <= 0.0438
    assert np.mean(np.abs(found - expected) > 0.001) < 0.2
    made = read_tflite(path).subgraphs[0]
    working = [item for item in made.operators if item.name not in ("QUANTIZE", "DEQUANTIZE")]
    assert working
    assert {made.tensors[item.outputs[0]].dtype for item in working} == {ir.DataType.INT8}


def test_what_has_no_integer_kernel_stays_in_float(tmp_path: Path):
    model = _model("r = Erf (q)", (3, 4))
    feeds = {"x": floats(3, 4)}
    found, expected = lite_run(converted(model, tmp_path), feeds)[0], onnx_run(model, feeds)[0]
    assert np.abs(found - expected).max() <= 0.0438


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_bytes_at_the_borders(tmp_path: Path, kind):
    body, shape, weights = BODIES["convolution"]
    model = _model(body, shape, weights)
    path = converted(model, tmp_path, inference_input_type=kind, inference_output_type=kind)
    x = floats(*shape)
    zero = 3 + (128 if kind == "uint8" else 0)
    given = np.clip(np.rint(x / np.float32(0.02)) + zero, *((0, 255) if kind == "uint8" else (-128, 127))).astype(kind)
    found = lite_run(path, {"x": given})[0]
    assert found.dtype == np.dtype(kind)
    expected = onnx_run(model, {"x": x})[0]
    assert np.abs((found.astype(int) - zero) * 0.0437 - expected).max() <= 0.0438


def test_bytes_of_a_model_that_is_not_quantized_are_refused(tmp_path: Path):
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Neg (x) }'
    with pytest.raises(UsageError, match="the input 'x' is float32 and not quantized"):
        converted(onnx.parser.parse_model(text), tmp_path, inference_input_type="int8")
