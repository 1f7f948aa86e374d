import numpy as np
import onnx.parser
import onnxruntime as ort
import pytest

from modelwright.hub.taps import first_numbers, numbers_in_plane, taps, unpooled_shape


@pytest.mark.parametrize("by_columns", [False, True])
def test_places_are_those_of_onnx_runtime(by_columns):
    text = f"""<ir_version: 8, opset_import: ["" : 17]>
    g (float[2, 3, 7, 6] x) => (float[2, 3, R, C] y, int64[2, 3, R, C] i)
    {{ y, i = MaxPool <kernel_shape = [3, 2], strides = [2, 1], dilations = [1, 2], pads = [1, 0, 1, 1],
       storage_order = {int(by_columns)}> (x) }}"""
    x = np.random.default_rng(0).normal(size=(2, 3, 7, 6)).astype(np.float32)
    session = ort.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
    largest, places = session.run(None, {"x": x})
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 1)), constant_values=-np.inf)
    found = list(taps((9, 7), (3, 2), (2, 1), (1, 2)))
    pieces = np.stack([padded[(..., *(slice(*one) for one in ranges))] for ranges in found])
    numbers = np.stack([numbers_in_plane(ranges, (1, 0), (7, 6), by_columns=by_columns) for ranges in found])
    chosen = pieces.argmax(0)
    np.testing.assert_array_equal(pieces.max(0), largest)
    taken = np.take_along_axis(np.broadcast_to(numbers, pieces.shape), chosen[None], 0)[0]
    np.testing.assert_array_equal(taken + first_numbers(x.shape), places)


def test_the_shape_before_pooling():
    assert unpooled_shape((2, 3, 4, 5), (3, 2), (2, 1), (1, 0, 0, 1)) == [2, 3, 8, 5]
