"""Operators on integers, in real numbers: against ONNX Runtime, and the onnx reference for what that lacks."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.parser
import onnx.reference
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.integer_operators import in_real_numbers

HEAD = '<ir_version: 8, opset_import: ["" : 18]>'
RANDOM = np.random.default_rng(5)


def integers(dtype, *shape):
    limits = np.iinfo(dtype)
    return RANDOM.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def rewritten(text):
    proto = onnx.shape_inference.infer_shapes(onnx.parser.parse_model(f"{HEAD} {text}"))
    model = ir.from_proto(proto)
    node = next(
        item for item in model.graph if item.op_type in ("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger")
    )
    op = OpsetBuilder(model.graph, 18, before=node)
    (result,) = in_real_numbers(node, op)
    node.outputs[0].replace_all_uses_with(result, replace_graph_outputs=True)
    result.name, node.outputs[0].name = node.outputs[0].name, None
    model.graph.remove(node, safe=True)
    return proto, ir.to_proto(model)


def run(proto, feeds):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(proto.SerializeToString(), options).run(None, feeds)[0]


def check(text, feeds, *, off_by=0, oracle=run):
    before, after = rewritten(text)
    wanted, found = oracle(before, feeds), run(after, feeds)
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    assert np.abs(found.astype(int) - wanted.astype(int)).max() <= off_by
    assert not {node.op_type for node in after.graph.node} & {
        "QLinearConv",
        "QLinearMatMul",
        "ConvInteger",
        "MatMulInteger",
    }


def test_a_convolution_with_a_scale_for_each_channel():
    text = """g (uint8[2, 4, 7, 6] x, int32[6] b) => (uint8[N, C, H, W] y)
    <float s = {0.02}, uint8 z = {9}, int8[6, 2, 3, 2] w = {%s}, float[6] t = {0.01, 0.02, 0.03, 0.01, 0.004, 0.02},
     int8[6] o = {0, 0, 0, 0, 0, 0}, float r = {0.2}, uint8 p = {120}>
    { y = QLinearConv <group = 2, pads = [1, 0, 0, 1], strides = [2, 1], dilations = [1, 2]>
      (x, s, z, w, t, o, r, p, b) }"""
    weights = ", ".join(map(str, integers(np.int8, 72)))
    bias = RANDOM.integers(-900, 900, 6, np.int32)
    check(text % weights, {"x": integers(np.uint8, 2, 4, 7, 6), "b": bias}, off_by=1)


def test_a_product():
    text = """g (uint8[2, 3, 4] a, uint8[2, 4, 5] b) => (uint8[2, 3, 5] y)
    <float s = {0.02}, uint8 z = {9}, float t = {0.01}, uint8 o = {130}, float r = {0.02}, uint8 p = {120}>
    { y = QLinearMatMul (a, s, z, b, t, o, r, p) }"""
    check(text, {"a": integers(np.uint8, 2, 3, 4), "b": integers(np.uint8, 2, 4, 5)}, off_by=1)


@pytest.mark.parametrize("zeros", ["(x, w)", "(x, w, z)", "(x, w, z, o)"])
def test_a_convolution_of_integers(zeros):
    text = """g (uint8[1, 3, 6, 5] x, uint8[2, 3, 3, 3] w) => (int32[N, C, H, W] y) <uint8 z = {9}, uint8 o = {7}>
    { y = ConvInteger <pads = [1, 1, 0, 0]> %s }"""
    check(text % zeros, {"x": integers(np.uint8, 1, 3, 6, 5), "w": integers(np.uint8, 2, 3, 3, 3)})


def reference(proto, feeds):
    """ONNX Runtime's products of uint8 and int8 saturate on processors without VNNI where both are inputs."""
    return onnx.reference.ReferenceEvaluator(proto).run(None, feeds)[0]


@pytest.mark.parametrize("depth", [4, 300, 5000])
def test_a_product_of_integers_is_exact(depth):
    text = """g (uint8[3, %(d)d] a, int8[%(d)d, 5] b) => (int32[3, 5] y) <uint8 z = {9}, int8[5] o = {0, 1, -3, 100, 7}>
    { y = MatMulInteger (a, b, z, o) }"""
    feeds = {"a": integers(np.uint8, 3, depth), "b": integers(np.int8, depth, 5)}
    check(text % {"d": depth}, feeds, oracle=reference)


def test_sums_of_an_unknown_number_of_products():
    text = "g (uint8[3, N] a, int8[N, 5] b) => (int32[3, 5] y) { y = MatMulInteger (a, b) }"
    with pytest.raises(ConversionError, match="number of products"):
        rewritten(text)
