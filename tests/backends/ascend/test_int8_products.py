"""Which products are of int8, and what is read of them; `test_quantized.py` compares their numbers."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from onnx import numpy_helper

from modelwright.backends.ascend.int8_products import products

TEXT = """<ir_version: 8, opset_import: ["" : 17]> g (float[1,2,5,5] x) => (float[1,3,5,5] y)
{ a = QuantizeLinear (x, s, z) b = DequantizeLinear (a, s2, z) v = DequantizeLinear <axis = 0> (w, t, q)
  [conv] y = Conv (b, v, bias) }"""
BASE = {
    "s": np.float32(0.5),
    "s2": np.float32(0.5),
    "z": np.int8(0),
    "w": np.arange(6, dtype=np.int8).reshape(3, 2, 1, 1),
    "t": np.array([0.5, 0.25, 1], np.float32),
    "q": np.zeros(3, np.int8),
    "bias": np.array([1, -2, 3.1], np.float32),
}


def found(**changes):
    proto = onnx.parser.parse_model(TEXT)
    proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), k) for k, v in (BASE | changes).items())
    return list(products(ir.from_proto(proto).graph))


def test_what_is_read():
    (product,) = found()
    assert (product.node.name, product.data.name, product.scale) == ("conv", "x", 0.5)
    np.testing.assert_array_equal(product.weight, BASE["w"])
    np.testing.assert_array_equal(product.scales, BASE["t"])
    np.testing.assert_array_equal(product.bias, [4, -16, 6])


@pytest.mark.parametrize(
    "changes",
    [
        {"s2": np.float32(0.25)},
        {"z": np.int8(1)},
        {"q": np.ones(3, np.int8)},
        {"w": np.ones((3, 2, 1, 1), np.uint8), "q": np.zeros(3, np.uint8)},
        {"bias": np.array([1, 2, 1e12], np.float32)},
    ],
)
def test_what_is_none(changes):
    assert found(**changes) == []
