from __future__ import annotations

import numpy as np

from modelwright.passes.evaluation import evaluate_nodes


def test_values_come_in_the_order_asked_for(new_bench):
    b = new_bench()
    root = b.op.Sqrt(b.op.constant(np.array([4.0, 9.0], np.float32)))
    total = b.op.Add(root, np.float32(1))
    arrays = evaluate_nodes([root.producer(), total.producer()], [total, root], 17)
    assert arrays is not None
    assert [array.tolist() for array in arrays] == [[3, 4], [2, 3]]
    assert len(b.model.graph) == 2


def test_what_the_runtime_cannot_do_is_left(new_bench):
    b = new_bench()
    value = b.op.BitShift(b.op.constant(np.ones(2, np.int8).view(np.uint8)), np.uint8(1), direction="LEFT")
    bad = b.op.Reshape(value, b.op.ints(3, 3))
    assert evaluate_nodes([value.producer(), bad.producer()], [bad], 17) is None
