import numpy as np
import onnx
import onnxruntime
import pytest

from modelwright.hub.spreads import add_spreads, every, pool_step, spread_name

TEXT = """
<ir_version: 8, opset_import: ["" : 13]>
net (float[n, m] x) => (float[n, m] y) { y = Neg (x) }
"""
POOLED = """
<ir_version: 8, opset_import: ["" : 13]>
net (float[n, 8, h, w] x) => (float[n, 8, h, w] y, float[n, 8, h, w] z)
<float low = {0.5}, float high = {1.5}>
{ y = Relu (x) z = Clip (x, low, high) }
"""


def spread(model, names, x, **known):
    add_spreads(model, names, **known)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found = session.run([spread_name(place) for place in range(len(names))], {"x": x})
    return [item[0] for item in found], [item[1] for item in found], [item[2:] for item in found]


@pytest.mark.parametrize(("size", "count"), [(5, 5), (99, 99), (100, 34), (299, 100), (300, 60), (1234, 95)])
def test_range_and_numbers_of_inputs_and_results(size, count):
    x = np.random.default_rng(0).standard_normal((1, size)).astype(np.float32)
    least, largest, numbers = spread(onnx.parser.parse_model(TEXT), ["x", "y"], x, most=100)
    for place, sign in enumerate((1, -1)):
        assert least[place] == (sign * x).min()
        assert largest[place] == (sign * x).max()
        step = -(-size // count)
        assert step % 2 == 1
        assert np.array_equal(numbers[place], (sign * x).reshape(-1)[::step])
        assert len(numbers[place]) <= 100


@pytest.mark.parametrize(("batch", "height", "width"), [(1, 40, 40), (3, 33, 57), (1, 9, 400)])
def test_large_activations_are_pooled(batch, height, width):
    """The numbers are those of places in a grid off the border; the largest is exact."""
    x = np.random.default_rng(1).standard_normal((batch, 8, height, width)).astype(np.float32)
    shape = [None, 8, height, width]
    model = onnx.parser.parse_model(POOLED)
    least, largest, numbers = spread(model, ["y", "z", "x"], x, most=512, shapes=dict.fromkeys("xyz", shape))
    step = pool_step(shape, 128)
    assert step > 0
    assert [node.op_type for node in model.graph.node].count("GlobalMaxPool") == 2, "x may be negative"
    for place, whole in enumerate((np.maximum(x, 0), np.clip(x, 0.5, 1.5))):
        grid = whole[:, :, step :: 2 * step, step :: 2 * step].reshape(-1)
        assert least[place] == 0.0
        assert largest[place] == whole.max()
        assert 32 <= numbers[place].size / batch <= 256
        assert np.array_equal(numbers[place].reshape(-1), grid)
    assert least[2] == x.min()


def test_only_numbers_are_given_of_unbound_ones():
    x = np.random.default_rng(1).standard_normal((2, 8, 40, 40)).astype(np.float32)
    shapes = dict.fromkeys("xyz", (None, 8, 40, 40))
    first = spread(onnx.parser.parse_model(POOLED), ["y", "z", "x"], x, most=512, shapes=shapes)
    model = onnx.parser.parse_model(POOLED)
    least, largest, numbers = spread(model, ["y", "z", "x"], x, most=512, shapes=shapes, unbound=["z", "x"])
    assert [node.op_type for node in model.graph.node].count("GlobalMaxPool") == 1
    assert np.isnan([least[1:], largest[1:]]).all()
    assert (least[0], largest[0]) == (first[0][0], first[1][0])
    assert all(np.array_equal(a, b) for a, b in zip(first[2], numbers, strict=True))


@pytest.mark.parametrize("known", [True, False])
def test_steps_that_are_given_hold_for_all_tensors(known):
    x = np.random.default_rng(2).standard_normal((2, 8, 30, 30)).astype(np.float32)
    model = onnx.parser.parse_model(POOLED)
    steps = {"x": 7, "y": 7} if known else {}
    least, _, numbers = spread(model, ["x", "y"], x, most=512, shapes={"y": [None, 8, 30, 30]}, steps=steps)
    expected = 7 if known else 29
    assert np.array_equal(numbers[0], x.reshape(-1)[::expected])
    assert np.array_equal(numbers[1], np.maximum(x, 0).reshape(-1)[::expected])
    assert least[1] == 0.0


def test_other_dtypes_are_cast():
    x = np.random.default_rng(3).standard_normal((1, 9)).astype(np.float32)
    text = TEXT.replace("y = Neg (x)", "y = Cast<to = 11> (x)").replace("(float[n, m] y)", "(double[n, m] y)")
    least, largest, numbers = spread(onnx.parser.parse_model(text), ["y"], x, most=100, others={"y"})
    assert (least[0], largest[0], numbers[0].dtype) == (x.min(), x.max(), np.float32)


def test_bounds_are_left_out_where_only_numbers_are_wanted():
    x = np.random.default_rng(4).standard_normal((1, 250)).astype(np.float32)
    model = onnx.parser.parse_model(TEXT)
    least, largest, numbers = spread(model, ["x", "y"], x, most=100, unbound={"y"})
    assert (least[0], largest[0]) == (x.min(), x.max())
    assert np.isnan([least[1], largest[1]]).all()
    assert np.array_equal(numbers[1], -x.reshape(-1)[::3])
    assert [node.op_type for node in model.graph.node].count("ReduceMax") == 1


@pytest.mark.parametrize(("shape", "step"), [((None, 10), 1), ((4, 299), 3), ((4, None), 0), ((), 0), ((5,), 1)])
def test_steps_by_shape(shape, step):
    assert every(shape, 100) == step


@pytest.mark.parametrize(
    ("shape", "step"),
    [
        ((None, 96, 112, 112), 8),
        ((None, 1280, 7, 7), 1),
        ((None, 8, 4, 4), 0),
        ((None, 96, None, 112), 0),
        ((None, 100000), 0),
        ((), 0),
        ((None, 4, 1, 50000), 0),
    ],
)
def test_pooling_where_it_pays(shape, step):
    assert pool_step(shape, 4096) == step
