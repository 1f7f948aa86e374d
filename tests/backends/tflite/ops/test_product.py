"""Matrix products against ONNX Runtime."""

from __future__ import annotations

import pytest
from lite_checking import check_node, floats


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3), (3, 4)),
        ((2, 5, 2, 3), (5, 3, 4)),
        ((3,), (3, 4)),
        ((2, 4, 3), (3,)),
        ((2, 1, 2, 2, 2, 3), (2, 1, 2, 2, 3, 2)),
    ],
)
def test_matmul(left, right):
    check_node("MatMul", {"a": floats(*left), "b": floats(*right, seed=1)})


@pytest.mark.parametrize("left", [(2, 3), (2, 5, 3)])
def test_constant_weights_are_a_dense_layer(left):
    made = check_node("MatMul", {"a": floats(*left)}, constants={"b": floats(3, 4)}, dynamic=["a"])
    assert made == ["FULLY_CONNECTED"]


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize(("ta", "tb"), [(0, 0), (1, 1)])
@pytest.mark.parametrize("bias", [None, (4,), (2, 1)])
def test_gemm(constant, ta, tb, bias):
    a, b = floats(*((3, 2) if ta else (2, 3))), floats(*((4, 3) if tb else (3, 4)), seed=1)
    inputs, constants = ({"a": a}, {"b": b}) if constant else ({"a": a, "b": b}, {})
    if bias is not None:
        constants["c"] = floats(*bias, seed=2)
    check_node("Gemm", inputs, constants=constants, transA=ta, transB=tb, alpha=0.5, beta=2.0)


EQUATIONS = {
    "ij,jk->ik": ((2, 3), (3, 4)),
    "bhqd,bhkd->bhqk": ((2, 2, 3, 4), (2, 2, 5, 4)),
    "...ij,...jk->...ik": ((2, 3, 4), (2, 4, 5)),
    "ij->ji": ((2, 3),),
    "ij->": ((2, 3),),
    "ii->i": ((3, 3),),
    "i,j->ij": ((2,), (3,)),
    "bij,bj": ((2, 3, 4), (2, 4)),
    "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)),
}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum(equation):
    shapes = EQUATIONS[equation]
    inputs = {f"x{number}": floats(*shape, seed=number) for number, shape in enumerate(shapes)}
    check_node("Einsum", inputs, equation=equation)
