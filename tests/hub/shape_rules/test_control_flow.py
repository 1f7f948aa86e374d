"""Shapes of If and Loop."""

from __future__ import annotations

import onnx
import onnx.parser
import onnx_ir as ir
import pytest

from modelwright.hub.shape_rules.control_flow import common_shape
from modelwright.hub.shapes import Shapes

BRANCHES = """
<ir_version: 8, opset_import: ["" : 17]>
g (bool flag, float[N, 4, 2] x, float[N, 4, 3] y) => (float[N, 4, K] z)
{
    z = If (flag) <
        then_branch = t () => (float[N, 4, 2] a) { a = Neg (x) },
        else_branch = e () => (float[N, 4, 3] b) { b = Neg (y) }
    >
}
"""
LOOP = """
<ir_version: 8, opset_import: ["" : 17]>
g (int64 trips, float[2, 4] x, float[3, 1] w) => (float[A, B] y, float[C, D, E] rows)
{
    y, rows = Loop (trips, , x) <
        body = b (int64 i, bool c, float[M, 4] v) => (bool go, float[M, 4] next, float[3, 4] row)
        { go = Identity (c)
          next = Concat <axis = 0> (v, v)
          row = ReduceSum <keepdims = 1> (w) }
    >
}
"""


def _shapes_of(text: str) -> list[object]:
    model = ir.from_proto(onnx.parser.parse_model(text))
    values = list(model.graph.outputs)
    for value in values:
        value.shape, value.type = None, None
    shapes = Shapes(17)
    assert all(shapes.dtype(value) is ir.DataType.FLOAT for value in values)
    return [shapes.shape(value) for value in values]


def test_if_keeps_what_its_branches_agree_in() -> None:
    assert _shapes_of(BRANCHES) == [("N", 4, None)]


def test_loop_opens_what_a_trip_changes_and_adds_an_axis_of_trips() -> None:
    carried, rows = _shapes_of(LOOP)
    assert carried == (None, 4)
    assert rows is not None
    assert rows[0] is None


@pytest.mark.parametrize(
    ("shapes", "wanted"),
    [([(1, 2), (1, 3)], (1, None)), ([(1,), None], None), ([(1,), (1, 1)], None), ([("N", 2), ("N", 2)], ("N", 2))],
)
def test_common_shape(shapes: list[tuple[int, ...] | None], wanted: object) -> None:
    assert common_shape(shapes) == wanted
