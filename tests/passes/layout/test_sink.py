from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.passes.layout.sink import settle_layouts
from modelwright.rewrites.context import RewriteContext


def settle(model) -> int:
    return settle_layouts(RewriteContext(model.graph, model.graph.opset_imports[""]))


def test_residual_network_keeps_the_transpose_at_the_input(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 9, 7, 3])
    h = b.op.Relu(b.op.Add(b.channels_last_conv(x, 3, 4), b.floats(4)))
    y = b.op.Relu(b.op.Add(b.channels_last_conv(h, 4, 4), h))
    b.output(b.op.reduce("ReduceMean", y, [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 1


def test_no_transpose_is_left_when_the_input_is_channels_first(new_bench):
    b = new_bench()
    x = b.op.transpose(b.input("x", ["N", 3, 9, 7]), [0, 2, 3, 1])
    y = b.channels_last_conv(b.op.Sub(x, b.floats(3)), 3, 4)
    b.output(b.op.reduce("ReduceMax", y, [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 0


def test_squeeze_and_excitation_needs_no_transpose(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", 6, 5, 3]), 3, 8)
    gate = b.op.reshape(b.op.reduce("ReduceMean", x, [1, 2], keepdims=False), [-1, 1, 1, 8])
    gate = b.op.Sigmoid(b.channels_last_conv(gate, 8, 8, size=1))
    y = b.channels_last_conv(b.op.Mul(x, gate), 8, 2)
    b.output(b.op.ArgMax(y, axis=-1, keepdims=0), "label")
    counts = b.same(settle)
    assert counts["Transpose"] <= 2  # the input, and one that only moves dimensions of size 1


def test_axes_of_structural_operators_follow(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", 8, 6, 3]), 3, 4)
    y = b.op.concat([x, b.op.Softmax(x, axis=-1)], 3)
    y = b.op.pad(y, [0, 1, 2, 0, 0, 0, 1, 0])
    y = b.op.slice(y, [1, -3], [None, None], axes=[1, 3])
    left, right = b.op.split(y, [1, 2], 3)
    y = b.op.Where(b.op.Greater(right, left), right, left)
    y = b.channels_last_conv(y, 2, 3)
    b.output(b.op.reduce("ReduceSum", y, [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 1


def test_constants_and_operands_of_lower_rank_follow(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", 5, 4, 3]), 3, 4)
    y = b.op.Mul(b.op.Add(x, b.floats(4, 4)), b.floats(1, 5, 4, 4))
    y = b.op.PRelu(b.op.Add(y, b.input("bias", [4])), b.floats(4))
    y = b.op.Max(y, np.float32(-0.5), b.op.reduce("ReduceMean", y, [3], keepdims=True))
    y = b.channels_last_conv(y, 4, 3)
    b.output(b.op.reduce("ReduceMean", y, [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 1


def test_an_output_in_the_middle_keeps_name_order_and_value(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 5, 4, 3])
    features = b.op.Relu(b.channels_last_conv(x, 3, 4))
    y = b.channels_last_conv(features, 4, 4)
    b.output(features, "features")
    b.output(y, "y")
    b.output(b.op.transpose(y, [0, 3, 1, 2]), "channels_first")
    assert b.same(settle)["Transpose"] == 3


def test_the_same_tensor_in_two_orders_is_left_alone(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 4, 4, 4])
    b.output(b.op.Relu(b.op.Add(x, b.op.transpose(x, [0, 2, 1, 3]))), "y")
    assert b.same(settle)["Transpose"] == 1


def test_attention_keeps_its_transposes(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 6, 8])
    heads = [b.op.transpose(b.op.reshape(b.op.MatMul(x, b.floats(8, 8)), [0, 0, 2, 4]), [0, 2, 1, 3]) for _ in range(3)]
    scores = b.op.MatMul(heads[0], b.op.transpose(heads[1], [0, 1, 3, 2]))
    mixed = b.op.MatMul(b.op.Softmax(b.op.Mul(scores, np.float32(0.5)), axis=-1), heads[2])
    b.output(b.op.reshape(b.op.transpose(mixed, [0, 2, 1, 3]), [0, 0, 8]), "y")
    assert b.same(settle)["Transpose"] == 4  # two in a row became one


def test_shape_of_a_moved_tensor_is_put_in_order(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", "H", 6, 3]), 3, 4)
    sizes = b.op.emit("Shape", [x], {"start": 1, "end": 3})
    y = b.channels_last_conv(x, 4, 5)
    b.output(b.op.reduce("ReduceMean", y, [1, 2], keepdims=False), "y")
    b.output(sizes, "sizes")
    assert b.same(settle, H=7)["Transpose"] == 1


def test_layer_normalization_and_dense_stay_channels_last(new_bench):
    b = new_bench()
    x = b.input("x", ["N", 6, 6, 4])
    y = b.channels_last_conv(x, 4, 4)
    y = b.op.LayerNormalization(y, b.floats(4), b.floats(4), axis=-1)
    y = b.op.MatMul(b.op.Relu(b.op.MatMul(y, b.floats(4, 8))), b.floats(8, 4))
    x = b.op.Add(x, b.op.Mul(y, b.floats(4)))
    b.output(b.op.reduce("ReduceMean", b.channels_last_conv(x, 4, 4), [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 3


def test_a_tensor_used_inside_a_subgraph_keeps_its_order(new_bench):
    import onnx_ir as ir

    b = new_bench()
    x = b.op.Relu(b.channels_last_conv(b.input("x", [2, 4, 4, 3]), 3, 3))
    flag = b.input("flag", [], ir.DataType.BOOL)
    bodies = []
    for scale in (2.0, 3.0):
        body = ir.Graph([], [], nodes=[], opset_imports={"": 17}, name=f"body{scale:g}")
        node = ir.Node("", "Mul", [x, b.op.constant(np.float32(scale))], name=f"scale{scale:g}")
        node.outputs[0].name = f"scaled{scale:g}"
        node.outputs[0].type, node.outputs[0].shape = ir.TensorType(ir.DataType.FLOAT), ir.Shape([2, 4, 4, 3])
        body.append(node)
        body.outputs.append(node.outputs[0])
        bodies.append(body)
    attributes = [ir.AttrGraph("then_branch", bodies[0]), ir.AttrGraph("else_branch", bodies[1])]
    chosen = ir.Node("", "If", [flag], attributes, name="choice")
    b.model.graph.append(chosen)
    result = chosen.outputs[0]
    result.type, result.shape, result.name = ir.TensorType(ir.DataType.FLOAT), ir.Shape([2, 4, 4, 3]), "chosen"
    b.output(b.op.reduce("ReduceMean", b.channels_last_conv(result, 3, 2), [1, 2], keepdims=False), "y")
    b.output(b.op.reduce("ReduceMean", b.channels_last_conv(x, 3, 2), [1, 2], keepdims=False), "z")
    assert b.same(settle)["Transpose"] <= 3


_STEPS = st.sampled_from(
    "conv relu add_constant add_other concat pad slice mean_keep mul_gate transpose cast softmax split max".split()
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_STEPS, st.integers(0, 7), st.integers(0, 7)), min_size=3, max_size=12))
def test_random_graphs_compute_the_same_with_no_more_transposes(new_bench, steps):
    b = new_bench()
    pool = [b.input("x", ["N", 6, 6, 6])]
    for kind, first, second in steps:
        pool.append(_random_step(b, kind, pool[first % len(pool)], pool[second % len(pool)]))
    for place, value in enumerate(dict.fromkeys(pool[-2:])):
        if value.producer() is not None:
            b.output(value, f"y{place}")
    before = b.counts()["Transpose"]
    assert b.same(settle, rtol=1e-3, atol=1e-3)["Transpose"] <= before


def _random_step(b, kind, x, y):
    """One operator that keeps ``[N, 6, 6, 6]``."""
    op = b.op
    steps = {
        "conv": lambda: b.channels_last_conv(x, 6, 6),
        "relu": lambda: op.Relu(x),
        "add_constant": lambda: op.Add(x, b.floats(6)),
        "add_other": lambda: op.Add(x, y),
        "concat": lambda: op.slice(op.concat([x, y], 3), [3], [9], axes=[3]),
        "pad": lambda: op.slice(op.pad(x, [0, 1, 0, 0, 0, 0, 2, 0]), [0, 2], [6, None], axes=[1, 2]),
        "slice": lambda: op.concat([op.slice(x, [2], [None], axes=[2]), op.slice(y, [0], [2], axes=[2])], 2),
        "mean_keep": lambda: op.Sub(x, op.reduce("ReduceMean", x, [1], keepdims=True)),
        "mul_gate": lambda: op.Mul(x, op.Sigmoid(op.reduce("ReduceMax", y, [1, 2], keepdims=True))),
        "transpose": lambda: op.transpose(x, [0, 2, 3, 1]),
        "cast": lambda: op.cast(op.cast(op.Tanh(x), 11), 1),
        "softmax": lambda: op.Softmax(x, axis=3),
        "split": lambda: op.concat(list(op.split(x, [2, 4], 1))[::-1], 1),
        "max": lambda: op.Max(x, y),
    }
    return steps[kind]()


@pytest.mark.parametrize("opset", [13, 18, 21])
def test_forms_of_other_opsets(new_bench, opset):
    b = new_bench(opset)
    x = b.channels_last_conv(b.input("x", ["N", 8, 6, 3]), 3, 4)
    x = b.op.Mul(x, b.op.reduce("ReduceMean", x, [1, 2], keepdims=True))
    y = b.channels_last_conv(b.op.pad(x, [0, 1, 1, 0, 0, 1, 1, 0]), 4, 3)
    b.output(b.op.reduce("ReduceMean", y, [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 1


def test_layouts_move_through_quantization_by_one_scale(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", 6, 5, 3]), 3, 4)
    grid = (np.float32(0.1), np.int8(3))
    y = b.op.DequantizeLinear(b.op.QuantizeLinear(x, *grid), *grid)
    b.output(b.op.reduce("ReduceMax", b.channels_last_conv(y, 4, 4), [1, 2], keepdims=False), "y")
    assert b.same(settle)["Transpose"] == 1


def test_scales_along_an_axis_keep_their_layout(new_bench):
    b = new_bench()
    x = b.channels_last_conv(b.input("x", ["N", 6, 5, 3]), 3, 4)
    grid = (np.float32([0.1, 0.2, 0.3, 0.4]), np.int8([3, 2, 1, 0]))
    b.output(b.op.DequantizeLinear(b.op.QuantizeLinear(x, *grid, axis=3), *grid, axis=3), "y")
    assert b.same(settle)["Transpose"] == 2
