"""Runs models in ONNX Runtime without its own optimizations, and compares a model before and after a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.shapes import Shapes


def graph_model(opset: int = 17) -> tuple[ir.Model, OpsetBuilder]:
    """An empty model and a builder for it."""
    graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="test")
    return ir.Model(graph, ir_version=8), OpsetBuilder(graph, opset)


def add_input(model: ir.Model, name: str, shape, dtype=ir.DataType.FLOAT) -> ir.Value:
    value = ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(dtype))
    model.graph.inputs.append(value)
    return value


def add_output(model: ir.Model, value: ir.Value, name: str) -> None:
    shapes = Shapes(model.graph.opset_imports[""])
    assert shapes.dtype(value) is not None
    shapes.shape(value)
    value.name = name
    model.graph.outputs.append(value)


def op_counts(model: ir.Model) -> Counter[str]:
    return Counter(node.op_type for node in ir.traversal.RecursiveGraphIterator(model.graph))


def run(model: ir.Model, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def random_feeds(model: ir.Model, seed: int = 0, **dims: int) -> dict[str, np.ndarray]:
    """Random inputs; symbolic dimensions take their size from ``dims``, else 2."""
    rng = np.random.default_rng(seed)
    feeds: dict[str, np.ndarray] = {}
    for value in model.graph.inputs:
        shape = [dim if isinstance(dim, int) else dims.get(str(dim), 2) for dim in value.shape or ()]
        dtype = value.dtype.numpy()
        if np.issubdtype(dtype, np.floating):
            feeds[value.name] = rng.standard_normal(shape).astype(dtype)
        else:
            feeds[value.name] = rng.integers(0, 2 if dtype == bool else 5, shape).astype(dtype)
    return feeds


def check_same(
    model: ir.Model,
    change: Callable[[ir.Model], object],
    *,
    seed: int = 0,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    **dims: int,
) -> Counter[str]:
    """Applies ``change`` in place, compares the outputs before and after, and returns the operators after."""
    feeds = random_feeds(model, seed, **dims)
    inputs = [(value.name, value.dtype) for value in model.graph.inputs]
    outputs = [(value.name, value.dtype) for value in model.graph.outputs]
    before = run(model, feeds)
    change(model)
    assert [(value.name, value.dtype) for value in model.graph.inputs] == inputs
    assert [value.name for value in model.graph.outputs] == [name for name, _ in outputs]
    after = run(model, feeds)
    for name, expected in before.items():
        assert after[name].dtype == expected.dtype
        np.testing.assert_allclose(after[name], expected, rtol=rtol, atol=atol, err_msg=name)
    return op_counts(model)
