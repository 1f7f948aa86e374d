import numpy as np
import onnx
import onnx.parser
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.hub.io import load, save
from modelwright.passes.finalize import finalize
from modelwright.passes.precision.narrow import narrow

RNG = np.random.default_rng(4)

NETWORK = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, 6, 6] x, int64[1] axis) => (float[N, 3, 12, 12] y, float[N, 3] m, int64[N, 1] top, float[N, 3, 6, 6] c)
<float[3, 3, 1, 1] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}, float[4] scales = {1, 1, 2, 2}>
{
    [conv] a = Conv (x, w)
    [soft] s = Softmax <axis = 1> (a)
    [up] y = Resize <mode = "nearest"> (s, , scales)
    [mean] m = ReduceMean <axes = [2, 3], keepdims = 0> (s)
    [top] top = ArgMax <axis = 1> (m)
    [shape] n = Shape (x)
    [cast] f = Cast <to = 1> (n)
    [prod] p = ReduceProd <keepdims = 0> (f)
    [add] c = Add (x, p)
}
"""


def half_model(text, tmp_path, *, dtype=ir.DataType.FLOAT16, keep=None, keep_io=True):
    source, target = tmp_path / "wide.onnx", tmp_path / "narrow.onnx"
    onnx.save(onnx.parser.parse_model(text), source)
    model = load(source)
    result = narrow(model, dtype, keep=keep or {}, keep_io=keep_io)
    finalize(model)
    save(model, target)
    onnx.checker.check_model(target, full_check=True)
    return source, target, result


def run(path, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options)
    given = {
        i.name: feeds[i.name].astype(np.float16) if "16" in i.type else feeds[i.name] for i in session.get_inputs()
    }
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


FEEDS = {"x": RNG.standard_normal((2, 3, 6, 6)).astype(np.float32), "axis": np.int64([0])}


@pytest.mark.parametrize("keep_io", [True, False])
def test_values_stay_close_and_names_stay(tmp_path, keep_io):
    source, target, result = half_model(NETWORK, tmp_path, keep_io=keep_io)
    wide, close = run(source, FEEDS), run(target, FEEDS)
    assert list(close) == list(wide)
    for name, array in wide.items():
        floats = array.dtype == np.float32
        assert close[name].dtype == (np.float16 if floats and not keep_io else array.dtype)
        np.testing.assert_allclose(close[name].astype(np.float64), array, rtol=4e-3, atol=2e-3)
    assert result.nodes == 8
    assert not result.kept


def test_sizes_stay_wide_and_weights_become_narrow(tmp_path):
    _, target, _ = half_model(NETWORK, tmp_path)
    kinds = {item.name: item.data_type for item in onnx.load(target).graph.initializer}
    assert kinds["scales"] == onnx.TensorProto.FLOAT
    assert kinds["w_float16"] == onnx.TensorProto.FLOAT16
    cast = next(node for node in onnx.load(target).graph.node if node.name == "cast")
    assert cast.attribute[0].i == onnx.TensorProto.FLOAT16


def test_what_must_stay_wide_gets_wide_inputs_and_its_users_narrow_ones(tmp_path):
    source, target, result = half_model(NETWORK, tmp_path, keep={"soft": "asked for"})
    assert result.kept == {"soft": "asked for"}
    model = onnx.shape_inference.infer_shapes(onnx.load(target))
    kinds = {item.name: item.type.tensor_type.elem_type for item in model.graph.value_info}
    assert kinds["s"] == onnx.TensorProto.FLOAT
    assert kinds["a"] == onnx.TensorProto.FLOAT16
    np.testing.assert_allclose(run(target, FEEDS)["m"], run(source, FEEDS)["m"], rtol=1e-2, atol=1e-3)


def test_weights_that_narrow_floats_cannot_hold(tmp_path):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y)
    <float[2] big = {70000, 1}, float[2] one = {1, 2}>
    { [a] p = Mul (x, big) [b] y = Add (p, one) }
    """
    feeds = {"x": np.float32([0.5, -1])}
    _, target, result = half_model(text, tmp_path)
    assert list(result.kept) == ["a"]
    assert "(big) exceeds 65504" in result.kept["a"]
    np.testing.assert_allclose(run(target, feeds)["y"], [35001, 1], rtol=1e-3)
    assert half_model(text, tmp_path, dtype=ir.DataType.BFLOAT16)[2].nodes == 2


def test_subgraphs_stay_wide_and_read_wide_values(tmp_path):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x, bool t) => (float[2] y)
    {
        [a] a = Relu (x)
        [i] b = If (t) <
            then_branch = yes () => (float[2] p) { p = Add (a, a) },
            else_branch = no () => (float[2] q) { q = Neg (a) }
        >
        [c] y = Tanh (b)
    }
    """
    source, target, result = half_model(text, tmp_path)
    assert list(result.kept) == ["i"]
    for flag in (True, False):
        feeds = {"x": np.float32([0.5, -1]), "t": np.array(flag)}
        np.testing.assert_allclose(run(target, feeds)["y"], run(source, feeds)["y"], atol=1e-3)


def test_an_input_that_is_an_output(tmp_path):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y, float[2] z) { [a] y = Relu (x) [b] z = Neg (y) }
    """
    _, target, result = half_model(text, tmp_path)
    assert result.nodes == 2
    found = run(target, {"x": np.float32([0.5, -1])})
    np.testing.assert_array_equal(found["y"], np.float32([0.5, 0]))
    np.testing.assert_array_equal(found["z"], np.float32([-0.5, 0]))
