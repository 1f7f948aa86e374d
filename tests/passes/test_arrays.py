from __future__ import annotations

import numpy as np
import pytest

from modelwright.passes.arrays import compute_with_numpy
from modelwright.rewrites.context import RewriteContext


def computed(b, value):
    node = value.producer()
    found = compute_with_numpy(RewriteContext(b.model.graph, b.opset), node)
    if found is None:
        return None
    array = found.compute(*(item.const_value.numpy() for item in node.inputs if item is not None))
    assert array.shape == found.shape
    assert array.nbytes == found.bytes
    return array


@pytest.mark.parametrize("opset", [11, 17])
def test_every_form_equals_the_runtime(new_bench, opset):
    from modelwright.passes.evaluation import evaluate_nodes

    b = new_bench(opset)
    op, x = b.op, b.op.constant(np.abs(b.floats(2, 1, 3)) + 1)
    values = [op.Neg(x), op.Sqrt(x), op.Exp(x), op.Log(x), op.Reciprocal(x), op.Abs(x), op.Identity(x)]
    values += [op.Add(x, x), op.Sub(x, np.float32(2)), op.Mul(x, x), op.Div(x, np.float32(3))]
    values += [op.transpose(x, [2, 0, 1]), op.Transpose(x), op.reshape(x, [0, -1]), op.squeeze(x, [1]), op.squeeze(x)]
    values += [op.unsqueeze(x, [-1]), op.concat([x, x], -1), op.Expand(x, op.ints(2, 4, 1)), op.cast(x, op.dtype(x))]
    for value in dict.fromkeys(values):
        if value.producer() is None:
            continue
        expected = evaluate_nodes([value.producer()], [value], opset)
        assert expected is not None
        np.testing.assert_allclose(computed(b, value), expected[0], rtol=1e-6)


def test_integer_division_has_no_numpy_form(new_bench):
    b = new_bench()
    assert computed(b, b.op.Div(b.op.ints(7), b.op.ints(2))) is None
