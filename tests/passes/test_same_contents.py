import numpy as np
import onnx_ir as ir

from modelwright.passes.same_contents import share_contents
from modelwright.rewrites.context import RewriteContext


def share(model) -> int:
    return share_contents(RewriteContext(model.graph, model.graph.opset_imports[""]))


def _size(b, value, axis):
    return b.op.Unsqueeze(b.op.Gather(b.op.Shape(value), np.int64(axis)), np.int64([0]))


def test_one_size_of_two_tensors(new_bench):
    b = new_bench()
    x, z = b.input("x", ["N", "M", 4]), b.input("z", ["M", "N"])
    first = b.op.Reshape(x, b.op.Concat(_size(b, x, 0), _size(b, x, 1), np.int64([2, 2]), axis=0))
    second = b.op.Expand(np.float32([[[[1]]]]), b.op.Concat(_size(b, z, 1), _size(b, z, 0), np.int64([2, 2]), axis=0))
    b.output(b.op.Add(first, second), "y")
    assert b.same(share) == {"Shape": 1, "Gather": 2, "Unsqueeze": 2, "Concat": 1, "Reshape": 1, "Expand": 1, "Add": 1}


def test_other_names_dtypes_and_ranks_are_other_contents(new_bench):
    b = new_bench()
    x, z = b.input("x", ["N", "M"]), b.input("z", ["K", "M"])
    sizes = [_size(b, x, 0), _size(b, z, 0), b.op.Cast(_size(b, x, 1), to=6), b.op.Gather(b.op.Shape(x), np.int64(1))]
    for place, size in enumerate(sizes):
        b.output(b.op.Mul(size, size), f"y{place}")
    assert b.same(share)["Mul"] == 4


def test_outputs_of_the_graph_stay(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 3])
    b.output(_size(b, x, 0), "first")
    b.output(_size(b, x, 0), "second")
    assert b.same(share)["Unsqueeze"] == 2


def test_unknown_entries_are_never_equal(new_bench):
    b = new_bench()
    x = b.input("x", [None, 3])
    counts = b.op.NonZero(b.op.Relu(x)), b.op.NonZero(b.op.Neg(x))
    for place, found in enumerate(counts):
        size = _size(b, found, 1)
        b.output(b.op.Mul(size, size), f"y{place}")
    assert b.same(share)["Gather"] == 2
    assert isinstance(b.model.graph.inputs[0], ir.Value)
