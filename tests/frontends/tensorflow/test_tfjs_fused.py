"""Merged operators taken apart; that the values stay is shown in ``test_tfjs.py``."""

import pytest

from modelwright.errors import UnsupportedError
from modelwright.frontends.tensorflow.messages import DATA_TYPES, make_node
from modelwright.frontends.tensorflow.tfjs_fused import take_apart


def _fused(op, *inputs, fused):
    node = make_node("n", op, *inputs, T=DATA_TYPES["DT_FLOAT"])
    node.attr["fused_ops"].list.s.extend(name.encode() for name in fused)
    node.attr["strides"].list.i.extend([1, 2, 2, 1])
    node.attr["transpose_b"].b = True
    node.attr["leakyrelu_alpha"].f = 0.25
    return node


def _chain(node):
    return [(made.op, made.name, list(made.input)) for made in take_apart(node)]


def test_a_bias_and_an_activation():
    node = _fused("_FusedConv2D", "x", "w", "b", "^c", fused=["BiasAdd", "Relu6"])
    assert _chain(node) == [
        ("Conv2D", "n/Conv2D_0", ["x", "w", "^c"]),
        ("BiasAdd", "n/BiasAdd_1", ["n/Conv2D_0", "b"]),
        ("Relu6", "n", ["n/BiasAdd_1"]),
    ]
    made = take_apart(node)
    assert list(made[0].attr["strides"].list.i) == [1, 2, 2, 1]
    assert "transpose_b" not in made[0].attr
    assert sorted(made[2].attr) == ["T"]


def test_prelu_takes_its_slope_from_the_inputs():
    node = _fused("FusedDepthwiseConv2dNative", "x", "w", "b", "slope", fused=["BiasAdd", "Prelu"])
    assert [op for op, _, _ in _chain(node)] == [
        "DepthwiseConv2dNative",
        "BiasAdd",
        "Neg",
        "Relu",
        "Relu",
        "Mul",
        "Sub",
    ]
    assert _chain(node)[-2][2][0] == "slope"
    alone = make_node("p", "Prelu", "x", "slope")
    made = take_apart(alone)
    assert made[-1].name == "p"
    assert all(item.attr["T"].type == DATA_TYPES["DT_FLOAT"] for item in made)


def test_other_activations_and_nothing():
    leaky = take_apart(_fused("_FusedMatMul", "x", "w", "b", fused=["BiasAdd", "LeakyRelu"]))
    assert leaky[-1].attr["alpha"].f == 0.25
    assert leaky[0].attr["transpose_b"].b
    assert [op for op, _, _ in _chain(_fused("_FusedMatMul", "x", "w", "b", fused=["BiasAdd", "noop"]))] == [
        "MatMul",
        "BiasAdd",
    ]


def test_the_rest_stays_and_the_unknown_is_named():
    node = make_node("n", "Relu", "x")
    assert take_apart(node) == [node]
    with pytest.raises(UnsupportedError, match="merged with Softmax"):
        take_apart(_fused("_FusedMatMul", "x", "w", fused=["Softmax"]))
