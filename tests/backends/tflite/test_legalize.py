"""What is refused, in which order, and what is not blamed on the wrong layer."""

from __future__ import annotations

import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.backends.tflite.write import attempt, refusals


def _model(text: str) -> ir.Model:
    full = f'<ir_version: 10, opset_import: ["" : 18, "far" : 1]> {text}'
    return ir.serde.deserialize_model(onnx.parser.parse_model(full))


def test_layers_behind_a_refused_one_are_looked_at_as_far_as_they_are_known():
    found = refusals(
        _model("""g (float[2, 2] x) => (float[2, 2] y, float z) {
            [one] a = far.Wave (x)
            [two] b = Relu (a)
            [three] z = Det (x)
            [four] y = Add (b, x)
        }""")
    )
    assert [(item.op_type, item.node) for item in found] == [("far.Wave", "one"), ("Det", "three")]


def test_a_window_is_refused_once_with_its_own_reason():
    found = refusals(
        _model("""g (float[1, 2, 4, 4] x) => (float y) { [norm] y = LRN <size = 2> (x) }"""),
    )
    assert [str(item) for item in found] == ["LRN 'norm': TFLite normalizes over an odd number of channels only"]


def test_bodies_are_looked_at_too():
    found = refusals(
        _model("""g (bool c, float[2, 2] x) => (float y) {
            [choice] y = If (c) <
                then_branch = t () => (float ty) { [inside] ty = Det (x) },
                else_branch = e () => (float ey) { ey = ReduceSum <keepdims = 0> (x) }
            >
        }""")
    )
    assert ("Det", "inside") in [(item.op_type, item.node) for item in found]


def test_outputs_without_elements():
    found = refusals(_model("g (float[0, 2] x) => (float[0, 2] y) { y = Neg (x) }"))
    assert [str(item) for item in found] == ["output 'y': LiteRT gives no outputs without elements"]


@pytest.mark.parametrize("body", ["y = Relu (x)", "y = Conv (x, w)"])
def test_all_that_is_left_is_of_tflite(body):
    model = _model(f"g (float[1, 2, 4, 4] x, float[3, 2, 1, 1] w) => (float[n, m, k, l] y) {{ {body} }}")
    assert attempt(model).refusals == []
    assert {node.domain for node in model.graph} == {"tflite"}


def test_notes_are_kept_once():
    model = _model("g (double[2] x) => (double[2] y) { a = Exp (x) y = Sin (a) }")
    assert list(attempt(model).border.notes) == ["float64 is computed in float32"]
