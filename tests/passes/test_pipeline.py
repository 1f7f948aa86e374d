from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.passes.pipeline import STEPS, OptimizeChoices, OptimizeLevel, optimize


def batch_normalization(b, x, channels):
    """Inference statistics around data whose last axis is the channels."""
    y = b.op.transpose(x, [0, 3, 1, 2])
    stats = [np.abs(b.floats(channels)) + np.float32(0.5) for _ in range(4)]
    return b.op.transpose(b.op.BatchNormalization(y, *stats), [0, 2, 3, 1])


def small_network(b):
    x = b.input("x", ["N", 16, 16, 3])
    h = b.op.Relu(batch_normalization(b, b.channels_last_conv(x, 3, 8), 8))
    r = batch_normalization(b, b.channels_last_conv(b.op.Identity(h), 8, 8), 8)
    r = b.op.Relu(b.op.Add(r, h))
    pooled = b.op.reduce("ReduceMean", r, [1, 2], keepdims=False)
    y = b.op.Add(b.op.MatMul(pooled, b.floats(8, 5)), b.floats(5))
    b.output(b.op.Softmax(y, axis=-1), "y")


def test_a_network_becomes_convolutions(new_bench):
    b = new_bench()
    small_network(b)
    results = []
    counts = b.same(lambda model: results.append(optimize(model, opset=17)), N=3)
    assert counts == {
        "Transpose": 1, "Conv": 2, "Relu": 2, "Add": 1, "GlobalAveragePool": 1, "Squeeze": 1, "Gemm": 1, "Softmax": 1
    }  # fmt: skip
    (result,) = results
    assert result.nodes_after == 10
    assert result.transposes_after == 1
    assert result.statistics["Conv + BatchNormalization"] == 2
    assert all(node.meta.get("source") is not None for node in b.model.graph)


def test_levels_and_choices(new_bench):
    b = new_bench()
    small_network(b)
    none = b.same(lambda model: optimize(model, opset=17, choices=OptimizeChoices(level=OptimizeLevel.NONE)))
    assert none["Identity"] == 1
    clean = b.same(lambda model: optimize(model, opset=17, choices=OptimizeChoices(level=OptimizeLevel.CLEAN)))
    assert clean["Identity"] == 0
    assert clean["BatchNormalization"] == 2
    choices = OptimizeChoices(layouts=False, gemm=False, explain=True)
    results = []
    kept = b.same(lambda model: results.append(optimize(model, opset=17, choices=choices)))
    assert kept["Gemm"] == 0
    assert kept["Transpose"] >= 4
    assert results[0].near_misses


def test_the_second_time_nothing_changes(new_bench):
    b = new_bench()
    small_network(b)
    optimize(b.model, opset=17)
    again = optimize(b.model, opset=17)
    assert again.nodes_before == again.nodes_after
    assert not {name for name in again.statistics if name != "unused"}


def test_every_value_has_a_shape(new_bench):
    b = new_bench()
    small_network(b)
    optimize(b.model, opset=17)
    assert all(value.shape is not None and value.dtype for node in b.model.graph for value in node.outputs)


def test_every_step_says_why():
    assert all(len(step.reason) > 20 for step in STEPS)


@pytest.mark.parametrize("nodes", [4000])
def test_time_grows_with_the_number_of_nodes(new_bench, nodes):
    import time

    b = new_bench()
    x = b.input("x", [2, 4])
    for _ in range(nodes // 4):
        x = b.op.Identity(b.op.Sigmoid(b.op.Add(b.op.Identity(x), np.float32(1.5))))
    b.output(b.op.Neg(x), "y")
    start = time.process_time()
    result = optimize(b.model, opset=17)
    assert result.nodes_after == nodes // 2 + 1
    assert time.process_time() - start < 3


_KINDS = st.sampled_from(
    """
    conv batch_normalization relu relu6 scale shift add gate dense reshape cast layer_normalization hard_swish concat
    pad_conv max_pool average_pool double_transpose dropout
    """.split()
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_KINDS, st.integers(0, 7), st.integers(0, 7)), min_size=2, max_size=9))
def test_random_networks_compute_the_same(new_bench, steps):
    b = new_bench()
    pool = [b.input("x", ["N", 6, 6, 4])]
    for kind, first, second in steps:
        x = pool[first % len(pool)] if first < 4 else pool[-1]
        pool.append(_random_step(b, kind, x, pool[second % len(pool)]))
    for place, value in enumerate(dict.fromkeys(pool[-2:])):
        if value.producer() is not None:
            b.output(value, f"y{place}")
    before = b.counts()["Transpose"]
    assert b.same(lambda model: optimize(model, opset=17), rtol=2e-3, atol=2e-3)["Transpose"] <= before


def _layer_normalization(b, x):
    op = b.op
    mean = op.reduce("ReduceMean", x, [3], keepdims=True)
    centred = op.Sub(x, mean)
    variance = op.reduce("ReduceMean", op.Mul(centred, centred), [3], keepdims=True)
    scale = op.Mul(op.Reciprocal(op.Sqrt(op.Add(variance, np.float32(0.1)))), b.floats(4))
    return op.Add(op.Mul(x, scale), op.Sub(b.floats(4), op.Mul(mean, scale)))


def _pooled(b, op_type, x, **attributes):
    y = b.op.transpose(b.op.pad(b.op.Relu(x), [0, 1, 0, 0, 0, 1, 2, 0]), [0, 3, 1, 2])
    y = b.op.emit(op_type, [y], {"kernel_shape": [3, 3], **attributes})
    return b.op.transpose(y, [0, 2, 3, 1])


def _random_step(b, kind, x, y):
    """One operator, or a few, that keep ``[N, 6, 6, 4]``."""
    op, f = b.op, np.float32
    gate = lambda: op.Sigmoid(op.reshape(op.reduce("ReduceMean", y, [1, 2], keepdims=False), [-1, 1, 1, 4]))  # noqa: E731
    steps = {
        "conv": lambda: b.channels_last_conv(x, 4, 4),
        "batch_normalization": lambda: batch_normalization(b, x, 4),
        "relu": lambda: op.Relu(x),
        "relu6": lambda: op.Min(op.Relu(x), f(6)),
        "scale": lambda: op.Mul(x, b.floats(4)),
        "shift": lambda: op.Sub(b.floats(4), x),
        "add": lambda: op.Add(x, y),
        "gate": lambda: op.Mul(x, gate()),
        "dense": lambda: op.Add(op.MatMul(x, b.floats(4, 4)), b.floats(4)),
        "reshape": lambda: op.reshape(op.reshape(x, [-1, 36, 4]), op.concat([op.dim_of(x, 0), op.ints(6, 6, 4)], 0)),
        "cast": lambda: op.cast(op.cast(x, ir.DataType.DOUBLE), ir.DataType.FLOAT),
        "layer_normalization": lambda: _layer_normalization(b, x),
        "hard_swish": lambda: op.Div(op.Mul(x, op.clip(op.Add(x, f(3)), 0, 6)), f(6)),
        "concat": lambda: b.channels_last_conv(op.concat([x, y], 3), 8, 4, size=1),
        "pad_conv": lambda: _padded_conv(b, x),
        "max_pool": lambda: op.slice(_pooled(b, "MaxPool", x), [0], [6], axes=[2]),
        "average_pool": lambda: op.slice(_pooled(b, "AveragePool", x), [0], [6], axes=[2]),
        "double_transpose": lambda: op.transpose(op.Tanh(op.transpose(x, [0, 2, 1, 3])), [0, 2, 1, 3]),
        "dropout": lambda: op.Dropout(x),
    }
    return steps[kind]()


def _padded_conv(b, x):
    y = b.op.transpose(b.op.pad(x, [0, 2, 0, 0, 0, 0, 2, 0]), [0, 3, 1, 2])
    return b.op.transpose(b.op.Conv(y, b.floats(4, 4, 3, 3) * np.float32(0.3)), [0, 2, 3, 1])
