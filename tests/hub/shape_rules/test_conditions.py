import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.hub.shapes import Shapes


def _contents(body: str, **constants):
    text = f'<ir_version: 8, opset_import: ["" : 17]> g (float[N,M,5] x, float[K,N] z) => (int64[R] y) {{ {body} }}'
    proto = onnx.parser.parse_model(text)
    proto.graph.initializer.extend(onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items())
    model = ir.from_proto(proto)
    found = Shapes(17).contents(model.graph.outputs[0])
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    ("other", "expected"),
    [([-1, -1, -1], [0, 0, 0]), ([1, 1, 5], [None, None, 1]), ([-1, 3, 4], [0, None, 0]), (-1, [0, 0, 0])],
)
def test_sizes_and_numbers(other, expected):
    assert _contents("s = Shape (x) y = Equal (s, c)", c=np.int64(other)) == expected


def test_two_names_may_be_the_same_size():
    body = "s = Shape (x) n = Gather (s, zero) t = Shape (z) k = Gather (t, both) y = Equal (n, k)"
    assert _contents(body, zero=np.int64([0]), both=np.int64([0, 1])) == [None, 1]


@pytest.mark.parametrize(
    ("condition", "expected"), [([True, False, True], ["N", 8, 5]), ([False, True, True], [7, "M", 5])]
)
def test_where(condition, expected):
    body = "s = Shape (x) y = Where (c, s, other)"
    assert _contents(body, c=np.asarray(condition), other=np.int64([7, 8, 9])) == expected


def test_where_the_condition_is_unknown():
    body = "s = Shape (x) e = Equal (s, ones) y = Where (e, s, other)"
    assert _contents(body, ones=np.int64([1, 1, 1]), other=np.int64([7, 1, 5])) == [None, None, 5]


def test_shapes_that_do_not_fit_are_left_alone():
    body = "s = Shape (x) t = Shape (z) y = Equal (s, t)"
    assert _contents(body) is None
