from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.passes.constant_inputs import settle_constant_inputs
from modelwright.passes.pipeline import optimize


@pytest.fixture
def listed(new_bench):
    """A model whose weight is an input as well."""
    b = new_bench(9)
    weight = b.op.initializer(ir.Tensor(np.ones((2, 3), np.float32)), name="w")
    b.output(b.op.Relu(b.op.Mul(b.input("x", [2, 3]), weight)), "y")
    b.model.graph.inputs.append(weight)
    return b


def test_before_version_4_it_is_a_constant(listed):
    listed.model.ir_version = 3
    assert settle_constant_inputs(listed.model) == 1
    assert [value.name for value in listed.model.graph.inputs] == ["x"]


def test_since_version_4_it_is_a_default(listed):
    assert settle_constant_inputs(listed.model) == 0
    assert [value.name for value in listed.model.graph.inputs] == ["x", "w"]


def test_the_optimizer_says_so(listed):
    listed.model.ir_version = 3
    result = optimize(listed.model, opset=9)
    assert result.notices == ("1 weights listed among the inputs (IR version 3) became constants",)
    assert result.statistics["neutral operand"] == 1
