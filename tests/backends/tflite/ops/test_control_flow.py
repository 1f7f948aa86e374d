"""If and Loop against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest
from lite_checking import check, floats


def _model(text: str) -> onnx.ModelProto:
    return onnx.parser.parse_model('<ir_version: 8, opset_import: ["" : 17]> ' + text)


@pytest.mark.parametrize("flag", [True, False])
def test_branches_with_values_of_the_graph_around(flag):
    model = _model("""g (bool c, float[2, 3] x) => (float[2, 3] y, float[2, 3] z) {
        two = Constant <value_float = 2.0> ()
        a = Mul (x, two)
        y, z = If (c) <
            then_branch = t () => (float[2, 3] ty, float[2, 3] tz) { ty = Add (a, x) tz = Identity (x) },
            else_branch = e () => (float[2, 3] ey, float[2, 3] ez) { ey = Neg (a) ez = Identity (ey) }
        >
    }""")
    check(model, {"c": np.array(flag), "x": floats(2, 3)})


@pytest.mark.parametrize("flag", [True, False])
def test_branches_of_different_shapes(flag):
    model = _model("""g (bool c, float[2, 3] x) => (float[n, m] y) {
        y = If (c) <
            then_branch = t () => (float[3, 2] ty) { ty = Transpose (x) },
            else_branch = e () => (float[4, 3] ey) { ey = Concat <axis = 0> (x, x) }
        >
    }""")
    check(model, {"c": np.array(flag), "x": floats(2, 3)})


LOOP = """g (int64 m, bool c, float[2] x) => (float[2] y, float[n, 2] all) {{
    one = Constant <value_float = 1.0> ()
    y, all = Loop ({inputs}, x) <
        body = b (int64 i, bool going, float[2] v) => (bool again, float[2] w, float[2] row) {{
            w = Add (v, one)
            row = Mul (w, x)
            {condition}
        }}
    >
}}"""


@pytest.mark.parametrize("turns", [0, 1, 4])
def test_a_number_of_turns_that_is_computed(turns):
    model = _model(LOOP.format(inputs="m, c", condition="again = Identity (going)"))
    check(model, {"m": np.array(turns), "c": np.array(True), "x": floats(2)})


def test_a_condition_that_ends_it():
    condition = "s = ReduceSum <keepdims = 0> (w) limit = Constant <value_float = 7.0> () again = Less (s, limit)"
    model = _model(LOOP.format(inputs=", c", condition=condition))
    model.graph.input.pop(0)
    check(model, {"c": np.array(True), "x": floats(2)})


def test_a_number_of_turns_that_is_known():
    text = LOOP.format(inputs="k, t", condition="again = Identity (going)").replace(
        "one = ", "k = Constant <value_int = 3> () ok = Constant <value_int = 1> () t = Cast <to = 9> (ok) one = "
    )
    model = _model(text)
    made = check(model, {"x": floats(2), "m": np.array(0), "c": np.array(True)})
    assert "WHILE" in made
    assert "STRIDED_SLICE" not in made


def test_loops_in_branches():
    model = _model("""g (bool c, int64 m, float[2] x) => (float[2] y) {
        y = If (c) <
            then_branch = t () => (float[2] ty) {
                ty = Loop (m, c, x) <
                    body = b (int64 i, bool going, float[2] v) => (bool again, float[2] w) {
                        w = Add (v, x)
                        again = Identity (going)
                    }
                >
            },
            else_branch = e () => (float[2] ey) { ey = Neg (x) }
        >
    }""")
    for flag in (True, False):
        check(model, {"c": np.array(flag), "m": np.array(3), "x": floats(2)})


@pytest.mark.parametrize("turns", [0, 3])
def test_rows_whose_sizes_are_open(turns):
    text = LOOP.format(inputs="m, c", condition="again = Identity (going)")
    for given in ("float[2] x", "float[2] y", "float[2] v", "float[2] w", "float[2] row"):
        text = text.replace(given, given.replace("[2]", "[k]"))
    model = _model(text.replace("float[n, 2] all", "float[n, k] all"))
    feeds = {"m": np.array(turns), "c": np.array(True), "x": floats(2)}
    if turns:
        check(model, feeds)
        return
    check(model, feeds, expected=[floats(2), np.zeros((0, 1), np.float32)])
