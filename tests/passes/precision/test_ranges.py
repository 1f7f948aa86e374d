import numpy as np

from modelwright.passes.precision.ranges import largest_magnitudes

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 2] x) => (float[N, 2] y, int64[2] s)
<float[2] k = {-1000, 3}>
{
    [a] p = Mul (x, k)
    [b] q, r = Split <axis = 1> (p)
    [c] y = Concat <axis = 1> (q, r)
    [d] s = Shape (x)
}
"""


def test_every_node_with_floats_is_measured(write_onnx):
    found = largest_magnitudes(write_onnx(TEXT), {"x": np.float32([[2, 5], [-3, 4]])})
    assert found == {"a": 3000.0, "b": 3000.0, "c": 3000.0}


def test_infinity_counts_and_nan_does_not(write_onnx):
    path = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y, float[2] z) '
        "{ [l] y = Log (x) [r] z = Sqrt (x) }"
    )
    assert largest_magnitudes(path, {"x": np.float32([0, 1])}) == {"l": float("inf"), "r": 1.0}


def test_what_does_not_run_is_not_measured(write_onnx):
    assert largest_magnitudes(write_onnx(TEXT), {"x": np.zeros((2, 3), np.float32)}) is None


def test_a_model_that_makes_integers_only_has_none(write_onnx):
    path = write_onnx('<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (int64[1] s) { [d] s = Shape (x) }')
    assert largest_magnitudes(path, {"x": np.zeros(2, np.float32)}) == {}
