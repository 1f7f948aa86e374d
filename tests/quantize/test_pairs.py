"""Int8 weights whose products ONNX Runtime adds exactly on every processor, in a session with its defaults.

Without VNNI, x86 processors add two products of 8 bits in 16 (VPMADDUBSW): 255 times two neighbours must fit.
"""

from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from modelwright.quantize.channels import summed_axes
from modelwright.quantize.settings import Precision, QuantizeSettings, Scheme
from modelwright.quantize.steps import quantize
from modelwright.quantize.weights import pair_ranges

CONVOLUTIONS = [
    ((2, 8, 9, 9), (16, 8, 3, 3), {"pads": [1, 1, 1, 1]}),
    ((2, 5, 9, 9), (7, 5, 3, 3), {"pads": [1, 0, 1, 2]}),
    ((1, 3, 11, 11), (16, 3, 5, 5), {"strides": [2, 1], "dilations": [1, 2]}),
    ((1, 64, 7, 7), (32, 64, 1, 1), {}),
    ((1, 8, 9, 9), (16, 1, 3, 3), {"group": 8}),
    ((1, 6, 9, 9), (10, 3, 3, 3), {"group": 2}),
    ((2, 8, 19), (16, 8, 5), {}),
    ((1, 5, 6, 7, 8), (4, 5, 2, 3, 2), {}),
]
PRODUCTS = [
    *(("Conv", *case) for case in CONVOLUTIONS),
    ("MatMul", (5, 33), (33, 17), {}),
    ("MatMul", (3, 5, 32), (3, 32, 17), {}),
    ("Gemm", (5, 33), (17, 33), {"transB": 1}),
    ("Gemm", (5, 32), (32, 17), {}),
]
DEPTHWISE = ("Conv", (1, 8, 9, 9), (8, 1, 3, 3), {"group": 8})


def product(network, path, op_type, x, w, attributes):
    """One product of large weights, all of one sign."""
    n = network()
    n.constant("w", np.random.default_rng(7).uniform(0.5, 1.0, w).astype(np.float32))
    n.add(op_type, ["x", "w"], "y", **attributes)
    return n.write(path, {"x": list(x)}, {"y": [f"d{place}" for place in range(len(x))]})


def bright(tools, shape):
    """Samples that are mostly at the upper end of their range."""
    random = np.random.default_rng(3)
    return tools.feeds([{"x": np.minimum(random.random(shape) * 3, 1).astype(np.float32)} for _ in range(4)])


def neighbours(weight, op_type, attributes):
    """Pairs of integers that are added together, one sum after another, written out as loops."""
    if op_type == "Conv":
        rows = [np.stack([kernel[(slice(None), *at)] for at in np.ndindex(kernel.shape[1:])]).ravel()
                for kernel in weight.astype(int)]  # fmt: skip
    elif op_type == "Gemm" and attributes.get("transB"):
        rows = list(weight.astype(int))
    else:
        rows = [column for matrix in weight.astype(int).reshape(-1, *weight.shape[-2:]) for column in matrix.T]
    return [abs(int(a) + int(b)) for row in rows for place, (a, b) in enumerate(pairwise(row)) if place % 2 == 0]


def integers(path):
    (found,) = [
        numpy_helper.to_array(item)
        for item in onnx.load(path).graph.initializer
        if item.data_type in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8) and len(item.dims) > 1
    ]
    return found


@pytest.mark.parametrize("activations", [None, Scheme(dtype="int8")])
@pytest.mark.parametrize(("op_type", "x", "w", "attributes"), PRODUCTS)
def test_a_session_with_defaults_adds_exactly(tmp_path, network, tools, op_type, x, w, attributes, activations):
    path = product(network, tmp_path / "m.onnx", op_type, x, w, attributes)
    model, feeds = tools.load(path), bright(tools, x)
    quantize(model, QuantizeSettings(activations=activations, finetune=0, outputs=True), feeds)
    stored = tools.stored(model, tmp_path / "q.onnx")
    sums = neighbours(integers(stored), op_type, attributes)
    assert 100 < max(sums) <= 128
    for batch in feeds:
        wanted = tools.run(stored, batch, optimized=False)[0]
        step = np.diff(np.unique(wanted)).min()
        found = tools.run(stored, batch, exact=False)[0]
        assert np.abs(found - wanted).max() <= step * 1.01  # a rounding, where a sum lies between two integers
        assert np.mean(np.abs(found - wanted) > step / 2) < 0.02


@pytest.mark.parametrize("level", [1, 2, 3])
def test_steps_for_accuracy_leave_room_too(tmp_path, tools, residual, level):
    model, feeds = tools.load(residual), tools.images(8)
    found = quantize(model, QuantizeSettings(finetune=level), feeds)
    stored = tools.stored(model, tmp_path / "q.onnx")
    arrays = {item.name: numpy_helper.to_array(item) for item in onnx.load(stored).graph.initializer}
    weights = [array for array in arrays.values() if array.dtype == np.int8 and array.ndim == 4 and array.shape[1] > 1]
    assert len(weights) == 4
    assert all(max(neighbours(weight, "Conv", {})) <= 128 for weight in weights)
    assert sum(bool(tensor.paired) for tensor in found.placement.tensors) == 5


def test_products_with_scales_at_run_time_are_exact(tmp_path, network, tools):
    path = product(network, tmp_path / "m.onnx", "MatMul", (5, 33), (33, 17), {})
    model, feeds = tools.load(path), bright(tools, (5, 33))
    quantize(model, QuantizeSettings(precision=Precision.DYNAMIC, target="tflite"), None)
    stored = tools.stored(model, tmp_path / "q.onnx")
    assert integers(stored).dtype == np.int8
    for batch in feeds:
        wanted, found = (tools.run(stored, batch, optimized=level, exact=False)[0] for level in (False, True))
        assert tools.decibels(tools.run(path, batch)[0], found) > 40
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "largest"),
    [
        (QuantizeSettings(weights=Scheme(dtype="uint8")), 255),
        (QuantizeSettings(precision=Precision.INT16), 127),
        (QuantizeSettings(target="tflite"), 127),
    ],
)
def test_others_use_all_integers(tmp_path, network, tools, settings, largest):
    path = product(network, tmp_path / "m.onnx", "MatMul", (5, 32), (32, 17), {})
    model = tools.load(path)
    quantize(model, settings, bright(tools, (5, 32)))
    assert integers(tools.stored(model, tmp_path / "q.onnx")).max() == largest


def test_depthwise_convolutions_use_all_integers_and_are_exact(tmp_path, network, tools):
    path = product(network, tmp_path / "m.onnx", *DEPTHWISE)
    model, feeds = tools.load(path), bright(tools, DEPTHWISE[1])
    quantize(model, QuantizeSettings(finetune=0, outputs=True), feeds)
    stored = tools.stored(model, tmp_path / "q.onnx")
    assert integers(stored).max() == 127
    for batch in feeds:
        wanted, found = (tools.run(stored, batch, optimized=level, exact=False)[0] for level in (False, True))
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_weight_that_is_read_in_two_ways_leaves_room_both_ways(tmp_path, network, tools):
    n = network()
    n.constant("w", np.random.default_rng(7).uniform(0.5, 1.0, (16, 16)).astype(np.float32))
    n.add("MatMul", ["x", "w"], "m")
    n.add("Gemm", ["x", "w"], "g", transB=1)
    n.add("Add", ["m", "g"], "y")
    model = tools.load(n.write(tmp_path / "m.onnx", {"x": [4, 16]}, {"y": [4, 16]}))
    found = quantize(model, QuantizeSettings(finetune=0), bright(tools, (4, 16)))
    (weight,) = [tensor for tensor in found.placement.tensors if tensor.paired]
    assert set(weight.paired) == {(0,), (1,)}
    arrays = [numpy_helper.to_array(item)
              for item in onnx.load(tools.stored(model, tmp_path / "q.onnx")).graph.initializer]  # fmt: skip
    for array in (array for array in arrays if array.dtype == np.int8 and array.ndim == 2):
        assert max(neighbours(array, "MatMul", {})) <= 128
        assert max(neighbours(array, "Gemm", {"transB": 1})) <= 128


def test_axes_of_sums(tmp_path, network, tools):
    for op_type, x, w, attributes in PRODUCTS:
        node = tools.load(product(network, tmp_path / "m.onnx", op_type, x, w, attributes)).graph.node(0)
        expected = {"Conv": (*range(2, len(w)), 1), "MatMul": (len(w) - 2,)}.get(op_type)
        assert summed_axes(node, 1) == (expected or ((1,) if attributes else (0,)))
        assert summed_axes(node, 0) == ()
    assert summed_axes(tools.load(product(network, tmp_path / "m.onnx", *DEPTHWISE)).graph.node(0), 1) == ()


def test_sums_of_pairs():
    array = np.array([[3, 4, -5], [1, -2, 9]], np.float32)
    assert [part.tolist() for part in pair_ranges(array, (1,), 0)] == [[0.0, -1.0], [7.0, 0.0]]
    assert [part.tolist() for part in pair_ranges(array, (0,), 1)] == [[0.0, 0.0, 0.0], [4.0, 2.0, 4.0]]
    assert [float(part) for part in pair_ranges(array, (1,), None)] == [-1.0, 7.0]
    assert [part.tolist() for part in pair_ranges(array[:, :1], (1,), 0)] == [[0.0, 0.0], [0.0, 0.0]]
    assert [part.tolist() for part in pair_ranges(np.zeros((0, 4), np.float32), (1,), 0)] == [[], []]
