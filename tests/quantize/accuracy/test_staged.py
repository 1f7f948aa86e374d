import numpy as np
import pytest

from modelwright.errors import UnknownNameError
from modelwright.quantize.accuracy.staged import Staged

BODY = """
  a = Relu(x)
  b = MatMul(a, w)
  c = Add(a, b)
  t = ReduceSum(c, axes)
  z = Greater(t, zero)
  s = Squeeze(z)
  d = If(s) <
    then_branch = th () => (float[n] q) { q = Neg(c) }, else_branch = el () => (float[n] q) { q = Identity(b) }
  >
  y = Add(d, x)
"""


def branching(text_model, random):
    weights = {"w": random(6, 6), "axes": np.array([0, 1]), "zero": np.float32(0)}
    return text_model(BODY, weights, x="float[3,6] x", y="float[3,6] y")


def test_piece_by_piece_is_the_whole(text_model, outputs, random):
    model = branching(text_model, random)
    feeds = [{"x": random(3, 6)} for _ in range(4)]
    with Staged(model, feeds, memory_budget=1 << 20) as run:
        run.advance("n1", ["b"])
        first = [array.copy() for array in run.values("b")]
        run.advance("n2", [])
        run.advance("n7", ["y"])
        for feed, b, y in zip(feeds, first, run.values("y"), strict=True):
            np.testing.assert_allclose(
                b, np.maximum(feed["x"], 0) @ model.graph.initializers["w"].const_value.numpy(), rtol=1e-5
            )
            np.testing.assert_allclose(y, outputs(model, feed)[0], rtol=1e-5, atol=1e-6)


def test_scalars_that_are_held_stay_scalars(text_model, outputs):
    body = (
        "  s = Shape(x)  r = Gather(s, first)  u = Unsqueeze(r, zero)  c = Concat<axis = 0>(u, one)  y = Expand(x, c)"
    )
    constants = {"first": np.int64(0), "zero": np.array([0]), "one": np.array([1])}
    model = text_model(body, constants, x="float[n,1] x", y="float[n,1] y")
    feeds = [{"x": np.ones((3, 1), np.float32)}]
    with Staged(model, feeds, memory_budget=1 << 20) as run:
        run.advance("n1", [])
        assert run.values("r")[0].shape == ()
        run.advance("n4", ["y"])
        np.testing.assert_array_equal(run.values("y")[0], outputs(model, feeds[0])[0])


def test_what_is_put_counts_behind(text_model, outputs, random):
    model = branching(text_model, random)
    feeds = [{"x": random(3, 6)}]
    with Staged(model, feeds, memory_budget=1 << 20) as run:
        run.advance("n1", ["b"])
        run.put("b", [run.values("b")[0] * 0])
        run.advance("n2", ["c"])
        np.testing.assert_array_equal(run.values("c")[0], np.maximum(feeds[0]["x"], 0))


def test_batches_go_where_memory_ends(text_model, random):
    model = branching(text_model, random)
    feeds = [{"x": random(3, 6)} for _ in range(8)]
    with Staged(model, feeds, memory_budget=4 * 72 * 3) as run:
        run.advance("n1", ["b"])
        assert run.batches == 4
        run.advance("n7", ["y"])
        assert len(run.values("y")) == 4


def test_nodes_that_lie_behind(text_model, random):
    with Staged(branching(text_model, random), [{"x": random(3, 6)}], memory_budget=1 << 20) as run:
        run.advance("n2", [])
        with pytest.raises(UnknownNameError, match="n1"):
            run.advance("n1", [])
        with pytest.raises(UnknownNameError, match="nowhere"):
            run.advance("nowhere", [])


def test_what_follows_from_constants_is_not_held(text_model, outputs, random):
    """Weights behind DequantizeLinear would be there once for each batch."""
    weights = {"q": np.arange(-9, 9, dtype=np.int8).reshape(3, 6), "s": np.float32(0.1)}
    body = "w = DequantizeLinear(q, s) a = Relu(x) b = Mul(a, w) c = Relu(b) y = Mul(c, w)"
    model = text_model(body, weights, x="float[3,6] x", y="float[3,6] y")
    feeds = [{"x": random(3, 6)} for _ in range(8)]
    with Staged(model, feeds, memory_budget=8 * 72 + 1) as run:
        run.advance("n2", ["b"])
        assert run.batches == 8
        run.advance("n4", ["y"])
        for feed, y in zip(feeds, run.values("y"), strict=True):
            np.testing.assert_allclose(y, outputs(model, feed)[0], rtol=1e-5, atol=1e-6)


def test_what_is_added_counts_behind(text_model, outputs, random):
    model = branching(text_model, random)
    feeds = [{"x": random(3, 6)} for _ in range(2)]
    shift = random(6)
    with Staged(model, feeds, memory_budget=1 << 20) as run:
        run.advance("n1", ["b"])
        before = [array.copy() for array in run.values("b")]
        run.add("b", shift, -1)
        run.advance("n2", ["c"])
        for feed, b, c in zip(feeds, before, run.values("c"), strict=True):
            np.testing.assert_allclose(c, np.maximum(feed["x"], 0) + b + shift, rtol=1e-5)
