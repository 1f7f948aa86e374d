import numpy as np
import onnx
import onnxruntime
import pytest

from modelwright.hub.spreads import add_spreads, spread_names

TEXT = """
<ir_version: 8, opset_import: ["" : 13]>
net (float[n, m] x) => (float[n, m] y) { y = Neg (x) }
"""


@pytest.mark.parametrize(("size", "count"), [(5, 5), (99, 99), (100, 34), (299, 100), (300, 60), (1234, 95)])
def test_range_and_numbers_of_inputs_and_results(size, count):
    model = onnx.parser.parse_model(TEXT)
    add_spreads(model, ["x", "y"], most=100)
    onnx.checker.check_model(model)
    x = np.random.default_rng(0).standard_normal((1, size)).astype(np.float32)
    names = [name for place in range(2) for name in spread_names(place)]
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(names, {"x": x})
    for sign, (least, largest, some) in ((1, found[:3]), (-1, found[3:])):
        assert least == (sign * x).min()
        assert largest == (sign * x).max()
        step = -(-size // count)
        assert step % 2 == 1
        assert np.array_equal(some, (sign * x).reshape(-1)[::step])
        assert len(some) <= 100
