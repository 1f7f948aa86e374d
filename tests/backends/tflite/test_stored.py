"""Constants behind DequantizeLinear: floats that remember their integers."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.backends.tflite.stored import keep_order, settle_stored, stored_of


def _graph(data: np.ndarray, scale: np.ndarray, zero: np.ndarray, axis: int) -> tuple[ir.Graph, ir.Node]:
    values = [
        ir.Value(name=name, shape=ir.Shape(array.shape), const_value=ir.tensor(array, name=name))
        for name, array in (("q", data), ("s", scale), ("z", zero))
    ]
    node = ir.node("DequantizeLinear", values, {"axis": axis})
    user = ir.node("Neg", [node.outputs[0]])
    return ir.Graph([], [user.outputs[0]], nodes=[node, user], initializers=values, name="g"), user


def _fresh(tensor: ir.TensorProtocol, name: str) -> ir.Value:
    return ir.Value(name=name, shape=ir.Shape(list(tensor.shape)), const_value=tensor)


def test_floats_and_integers():
    data = np.arange(6, dtype=np.int8).reshape(2, 3)
    scale, zero = np.array([0.5, 2], np.float32), np.array([1, -1], np.int8)
    graph, user = _graph(data, scale, zero, 0)
    assert settle_stored(graph, _fresh) == 1
    value = user.inputs[0]
    assert value is not None
    assert value.const_value is not None
    expected = (data - zero[:, None]) * scale[:, None]
    np.testing.assert_array_equal(value.const_value.numpy(), expected)
    found = stored_of(value)
    assert found is not None
    np.testing.assert_array_equal(found.tensor.numpy(), data)
    assert found.quantization.axis == 0
    turned = stored_of(keep_order(ir.Value(name="t"), value, (1, 0)))
    assert turned is not None
    np.testing.assert_array_equal(turned.tensor.numpy(), data.T)
    assert turned.quantization.axis == 1


def test_uint8_becomes_int8():
    data = np.array([0, 128, 255], np.uint8)
    graph, user = _graph(data, np.array(0.5, np.float32), np.array(128, np.uint8), 1)
    settle_stored(graph, _fresh)
    found = stored_of(user.inputs[0])
    assert found is not None
    np.testing.assert_array_equal(found.tensor.numpy(), [-128, 0, 127])
    np.testing.assert_array_equal(found.quantization.zero_point, [0])
