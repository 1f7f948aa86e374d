"""Activations fused into what makes their input."""

from __future__ import annotations

import onnx.parser
from lite_checking import check, floats


def _model(body: str, outputs: str = "float[2, 3] y") -> onnx.ModelProto:
    text = f'<ir_version: 8, opset_import: ["" : 17]> g (float[2, 3] x) => ({outputs}) {{ {body} }}'
    return onnx.parser.parse_model(text)


def test_relu_is_part_of_the_sum():
    assert check(_model("a = Add (x, x) y = Relu (a)"), {"x": floats(2, 3)}) == ["ADD"]


def test_not_where_the_sum_is_used_elsewhere_or_an_output():
    assert "RELU" in check(_model("a = Add (x, x) b = Relu (a) y = Mul (a, b)"), {"x": floats(2, 3)})
    two = "float[2, 3] a, float[2, 3] y"
    assert "RELU" in check(_model("a = Add (x, x) y = Relu (a)", two), {"x": floats(2, 3)})
