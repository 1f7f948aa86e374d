from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.passes.folding import fold_constants
from modelwright.rewrites.context import RewriteContext


def fold(model) -> int:
    return fold_constants(RewriteContext(model.graph, model.graph.opset_imports[""]))


def test_a_large_weight_is_transposed_lazily(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 100])
    weight = b.op.transpose(b.op.constant(b.floats(80, 100)), [1, 0])
    b.output(b.op.MatMul(x, b.op.Mul(weight, np.float32(2))), "y")
    assert b.same(fold) == {"MatMul": 1}
    tensor = next(iter(b.model.graph)).inputs[1].const_value
    assert isinstance(tensor, ir.LazyTensor)
    assert not tensor.cache


def test_a_large_weight_that_is_used_both_ways_is_not_doubled(new_bench):
    b = new_bench()
    table = b.op.constant(b.floats(80, 100))
    x = b.op.Gather(table, b.input("x", ["N"], ir.DataType.INT64))
    b.output(b.op.MatMul(x, b.op.transpose(table, [1, 0])), "y")
    assert b.same(fold)["Transpose"] == 1


def test_small_computations_run_together(new_bench):
    b = new_bench()
    base = b.op.constant(np.linspace(0.1, 1, 6, dtype=np.float32))
    wave = b.op.Sin(b.op.Softplus(base))
    wave = b.op.reduce("ReduceSum", b.op.reshape(b.op.Erf(wave), [2, 3]), [0], keepdims=False)
    b.output(b.op.Add(b.input("x", [3]), wave), "y")
    assert b.same(fold) == {"Add": 1}


def test_what_would_grow_the_file_stays(new_bench):
    b = new_bench()
    row = b.op.constant(b.floats(1, 50))
    b.output(b.op.Mul(b.input("x", [60, 50]), b.op.Expand(row, b.op.ints(60, 50))), "y")
    b.output(b.op.Mul(b.input("z", [60, 50]), b.op.Tile(row, b.op.ints(60, 1))), "w")
    counts = b.same(fold)
    assert counts["Expand"] == counts["Tile"] == 1


def test_random_numbers_are_not_constants(new_bench):
    b = new_bench()
    noise = b.op.RandomNormalLike(b.op.constant(np.zeros(3, np.float32)))
    b.output(b.op.Add(b.input("x", [3]), b.op.Mul(noise, np.float32(0))), "y")
    assert b.same(fold)["RandomNormalLike"] == 1


def test_known_parts_of_a_shape_are_constants(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 4, 6])
    height = b.op.gather(b.op.Shape(x), [1])
    target = b.op.concat([b.op.ints(-1), b.op.Mul(height, b.op.ints(6))], 0)
    b.output(b.op.reshape(x, target), "y")
    assert b.same(fold)["Mul"] == 0


def test_integer_division_is_left_to_the_runtime(new_bench):
    b = new_bench()
    quotient = b.op.Div(b.op.constant(np.array([-7, 7, 9], np.int32)), b.op.constant(np.array([2, 2, -4], np.int32)))
    b.output(b.op.Add(b.input("x", [3], ir.DataType.INT32), quotient), "y")
    assert b.same(fold) == {"Add": 1}


def test_an_output_keeps_its_node(new_bench):
    b = new_bench()
    b.input("x", [2])
    b.output(b.op.Neg(b.op.constant(np.ones(2, np.float32))), "y")
    assert b.same(fold) == {"Neg": 1}


def test_what_is_made_of_next_to_nothing_is_not_written_out(new_bench):
    b = new_bench()
    x = b.input("x", [200])
    b.output(b.op.Add(x, b.op.ConstantOfShape(b.op.ints(200), value=np.float32([0.5]))), "y")
    b.output(b.op.Add(b.input("z", [3]), b.op.ConstantOfShape(b.op.ints(3), value=np.float32([0.5]))), "w")
    assert b.same(fold) == {"Add": 2, "ConstantOfShape": 1}


def test_all_folds_together_stay_within_what_their_nodes_took(new_bench):
    b = new_bench()
    for number in range(12):
        size = 60 + number
        values = b.op.Range(b.op.constant(np.int64(0)), b.op.constant(np.int64(size)), b.op.constant(np.int64(1)))
        b.output(b.op.Add(b.input(f"x{number}", [size], ir.DataType.INT64), values), f"y{number}")
    counts = b.same(fold)
    assert 0 < counts["Range"] < 12
