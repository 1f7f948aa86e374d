from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.passes.dimensions import forget_names, name_unknown_dimensions
from modelwright.passes.pipeline import optimize
from modelwright.rewrites.context import RewriteContext


def encoder(b):
    """Two inputs of unrelated batch dimensions are added, so that inference knows nothing of the sum."""
    op = b.op
    x = op.Add(b.input("x", ["A", "B", 6]), b.input("z", ["C", "D", 6]))
    sizes = op.cast(op.Shape(x), ir.DataType.INT32)
    front = op.gather(sizes, [0, 1])
    y = op.MatMul(op.reshape(x, [-1, 6]), b.floats(6, 8))
    y = op.reshape(y, op.cast(op.concat([front, np.array([8], np.int32)], 0), ir.DataType.INT64))
    y = op.reshape(y, op.cast(op.concat([front, np.array([2, 4], np.int32)], 0), ir.DataType.INT64))
    return op.transpose(y, [0, 2, 1, 3])


def test_unknown_dimensions_are_followed_through_shape_arithmetic(new_bench):
    b = new_bench()
    b.output(encoder(b), "y")
    assert b.same(lambda model: optimize(model, opset=17)) == {"Add": 1, "MatMul": 1, "Reshape": 1, "Transpose": 1}
    dims = [dim for node in b.model.graph for value in node.outputs for dim in value.shape]
    assert not any(str(dim).startswith("unknown_") for dim in dims)


def test_names_are_given_once_and_taken_away(new_bench):
    b = new_bench()
    total = b.op.Add(b.input("x", ["A", 6]), b.input("z", ["unknown_1", 6]))
    b.output(b.op.Neg(b.op.Abs(total)), "y")
    names = name_unknown_dimensions(RewriteContext(b.model.graph, 17))
    assert names == {"unknown_2"}
    assert total.shape == ir.Shape(["unknown_2", 6])
    forget_names(b.model.graph, names)
    assert total.shape == ir.Shape([None, 6])
