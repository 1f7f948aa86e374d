"""Bodies of control flow are closed: what they use from outside becomes an input."""

from __future__ import annotations

import onnx.parser
import onnx_ir as ir

from modelwright.backends.tflite.bodies import captured, use_twins

TEXT = """<ir_version: 8, opset_import: ["" : 17]> g (bool c, float[2] x, float[2] u) => (float[2] y) {
    w = Constant <value_floats = [1.0, 2.0]> ()
    a = Add (x, w)
    y = If (c) <
        then_branch = t () => (float[2] ty) { ty = If (c) <
            then_branch = tt () => (float[2] p) { p = Mul (a, x) },
            else_branch = te () => (float[2] q) { q = Neg (u) }
        > },
        else_branch = e () => (float[2] ey) { ey = Neg (x) }
    >
}"""


def _branches() -> list[ir.Graph]:
    model = ir.serde.deserialize_model(onnx.parser.parse_model(TEXT))
    node = next(item for item in model.graph if item.op_type == "If")
    return [node.attributes[name].as_graph() for name in ("then_branch", "else_branch")]


def test_values_from_outside_in_the_order_of_use_however_deep():
    assert [value.name for value in captured(_branches())] == ["c", "a", "x", "u"]


def test_twins_take_their_places():
    branches = _branches()
    outer = captured(branches)
    twins = {value: ir.Value(name=f"{value.name}/inner") for value in outer}
    for branch in branches:
        use_twins(branch, twins)
        branch.inputs.extend(twins.values()) if branch is branches[0] else None
    assert captured(branches[:1]) == []
