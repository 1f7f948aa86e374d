from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext, keep_type


def test_constants_by_size_and_kind(make):
    constants = {"w": np.ones((3, 4), np.float32), "i": np.array([1, 2]), "s": np.float32(2.5)}
    model = make("float[3,4] x => float[3,4] y", "y = Add(x, w)", constants, 17)
    context, values = RewriteContext(model.graph, 17), model.graph.initializers
    assert context.scalar(values["s"]) == 2.5
    assert context.scalar(values["w"]) is None
    assert context.ints(values["i"]) == [1, 2]
    assert context.ints(values["w"]) is None
    assert context.array(values["w"]).shape == (3, 4)
    assert context.tensor(model.graph.inputs[0]) is None


def test_an_initializer_that_is_an_input_is_no_constant(make):
    model = make("float[2] x, float[2] w => float[2] y", "y = Add(x, w)", {"w": np.ones(2, np.float32)}, 17)
    assert RewriteContext(model.graph, 17).tensor(model.graph.inputs[1]) is None


def test_types_are_kept_and_never_lost():
    old = ir.Value(name="a", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape(["N", 4]))
    new = ir.Value(name="b")
    keep_type(old, new)
    assert new.dtype is ir.DataType.FLOAT
    assert new.shape == ir.Shape(["N", 4])
    better = ir.Value(name="c", shape=ir.Shape([2, None]))
    keep_type(old, better)
    assert better.shape == ir.Shape([2, 4])
