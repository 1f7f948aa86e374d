import numpy as np
import onnx
import onnxruntime
import pytest

from modelwright.backends.tensorrt.cut import cut
from modelwright.errors import UnsupportedError

MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[N, 3, 4, 4] x, float[3] s) => (float[N, 3, 4, 4] y, float[N, 3, 4, 4] z, float[N, 3, 4, 4] w)
<float[3, 1, 1] k = {1, 2, 3}>
{
    [a] a = Relu (x)
    [b] b = Mul (a, k)
    [c] c = Exp (b)
    [d] d = Add (c, a)
    [e] y = Neg (d)
    [f] z = Sigmoid (b)
    [h] w = Tanh (c)
}
"""


def run(path, feeds):
    session = onnxruntime.InferenceSession(path)
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, {i.name: feeds[i.name] for i in session.get_inputs()}), strict=True))


@pytest.mark.parametrize(
    ("refused", "engine_first", "nodes"),
    [(["d"], True, (5, 2)), (["a"], False, (6, 1)), (["c"], False, (4, 3)), (["b", "a"], False, (5, 2))],
)
def test_both_parts_together_compute_the_whole(write_onnx, tmp_path, refused, engine_first, nodes):
    path = write_onnx(MODEL)
    parts = cut(path, refused, tmp_path)
    assert (parts.engine_first, parts.nodes) == (engine_first, nodes)
    engine = [node.name for node in onnx.load(parts.engine).graph.node]
    assert not set(refused) & set(engine)
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 4)).astype(np.float32)
    feeds = {"x": x, "s": np.ones(3, np.float32)}
    whole = run(path, feeds)
    order = (parts.engine, parts.rest) if parts.engine_first else (parts.rest, parts.engine)
    for part in order:
        feeds |= run(part, feeds)
    for name, array in whole.items():
        np.testing.assert_array_equal(feeds[name], array)


def test_subgraphs_read_across_the_cut(write_onnx, tmp_path):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, bool t) => (float[2] y)
        {
            [a] a = Relu (x)
            [b] b = Neg (a)
            [i] y = If (t) <
                then_branch = yes () => (float[2] p) { p = Add (a, b) },
                else_branch = no () => (float[2] q) { q = Identity (b) }
            >
        }
        """
    )
    parts = cut(path, ["i"], tmp_path)
    feeds = {"x": np.float32([-1, 2]), "t": np.array(False)}
    feeds |= run(parts.engine, feeds)
    np.testing.assert_array_equal(run(parts.rest, feeds)["y"], [-0.0, -2])


def test_what_depends_on_a_refused_layer_through_a_subgraph_goes_with_it(write_onnx, tmp_path):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, bool t) => (float[2] y, float[2] z)
        {
            [a] a = Relu (x)
            [b] b = Neg (a)
            [c] z = Exp (a)
            [i] y = If (t) <
                then_branch = yes () => (float[2] p) { p = Abs (b) },
                else_branch = no () => (float[2] q) { q = Identity (a) }
            >
        }
        """
    )
    parts = cut(path, ["b"], tmp_path)
    feeds = {"x": np.float32([-1, 2]), "t": np.array(True)}
    for part in (parts.engine, parts.rest) if parts.engine_first else (parts.rest, parts.engine):
        feeds |= run(part, feeds)
    np.testing.assert_array_equal(feeds["y"], [0, 2])
    np.testing.assert_allclose(feeds["z"], np.exp([0, 2]), rtol=1e-6)


def test_nothing_is_left(write_onnx, tmp_path):
    with pytest.raises(UnsupportedError, match="nothing is left"):
        cut(write_onnx(MODEL), ["a", "e", "f", "h"], tmp_path)


def test_an_output_of_the_model_may_go_across_the_cut(write_onnx, tmp_path):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2, 3, 3] x) => (float[2] d, float[2] y)
        { [det] d = Det (x) [a] a = Relu (d) [b] b = Exp (a) [c] y = Neg (b) }
        """
    )
    parts = cut(path, ["det"], tmp_path)
    assert (parts.engine_first, parts.nodes) == (False, (3, 1))
    feeds = {"x": np.random.default_rng(1).standard_normal((2, 3, 3)).astype(np.float32)}
    whole = run(path, feeds)
    feeds |= run(parts.rest, feeds)
    feeds |= run(parts.engine, feeds)
    for name, array in whole.items():
        np.testing.assert_array_equal(feeds[name], array)
