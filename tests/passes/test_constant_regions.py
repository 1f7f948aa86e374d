import numpy as np
import onnx_ir as ir

from modelwright.passes.constant_regions import fold_regions, graph_bytes
from modelwright.rewrites.context import RewriteContext


def _fold(spare):
    return lambda model: fold_regions(RewriteContext(model.graph, 17), spare)


def _anchors(b):
    """Places of a grid of 40 x 30, ``[1, 2, 1200]``, as detectors compute them."""
    across, down = (np.arange(size, dtype=np.float32) for size in (40, 30))
    grid = [b.op.Expand(across[None, :], np.int64([30, 40])), b.op.Expand(down[:, None], np.int64([30, 40]))]
    places = b.op.Concat(*(b.op.Unsqueeze(item, np.int64([-1])) for item in grid), axis=-1)
    return b.op.Unsqueeze(b.op.transpose(b.op.Reshape(places, np.int64([-1, 2])), [1, 0]), np.int64([0]))


def test_a_region_is_computed_when_it_is_paid_for(new_bench):
    b = new_bench()
    b.output(b.op.Add(b.input("x", ["N", 2, 1200]), _anchors(b)), "y")
    assert b.same(_fold(2 * 1200 * 4)) == {"Add": 1}


def test_otherwise_it_stays_whole(new_bench):
    b = new_bench()
    b.output(b.op.Add(b.input("x", ["N", 2, 1200]), _anchors(b)), "y")
    assert b.same(_fold(5000))["Expand"] == 2


def test_the_cheapest_first(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 2, 1200])
    small = b.op.Neg(b.op.Exp(b.op.Expand(np.float32([[[0.5]]]), np.int64([1, 1, 1200]))))
    b.output(b.op.Add(b.op.Mul(x, small), _anchors(b)), "y")
    left = b.same(_fold(1200 * 4))
    assert (left["Exp"], left["Expand"]) == (0, 2)


def test_one_node_that_makes_a_weight_stays(new_bench):
    b = new_bench()
    weight = b.op.Expand(np.float32([[0.5]]), np.int64([100, 100]))
    b.output(b.op.MatMul(b.input("x", ["N", 100]), weight), "y")
    assert b.same(_fold(1 << 20))["Expand"] == 1


def test_chance_and_outputs_stay(new_bench):
    b = new_bench()
    noise = b.op.RandomUniform(shape=[4], seed=1.0)
    b.output(b.op.Add(b.input("x", [4]), b.op.Floor(b.op.Neg(b.op.Abs(noise)))), "y")
    b.output(b.op.Neg(b.op.Exp(b.op.Expand(np.float32([0.5]), np.int64([7])))), "z")
    before = b.counts()
    _fold(1 << 20)(b.model)
    assert b.counts()["Abs"] == before["Abs"] == 1
    assert b.counts()["Neg"] == 2


def test_bytes_of_a_graph():
    x = ir.Value(name="input")
    node = ir.Node("", "Relu", [x], name="activation")
    node.outputs[0].name = "result"
    graph = ir.Graph([x], list(node.outputs), nodes=[node], name="g")
    size = len(ir.serde.serialize_node(node).SerializeToString())
    assert size <= graph_bytes(graph) <= size + 12
