"""Builds models, runs them in ONNX Runtime without its own optimizations, and compares them before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.shapes import Shapes


class Bench:
    """A model under construction with a builder, and the means to run it."""

    def __init__(self, opset: int = 17) -> None:
        graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name="test")
        self.model = ir.Model(graph, ir_version=8)
        self.op = OpsetBuilder(graph, opset)
        self.opset = opset
        self._rng = np.random.default_rng(0)

    def input(self, name: str, shape, dtype=ir.DataType.FLOAT) -> ir.Value:
        value = ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(dtype))
        self.model.graph.inputs.append(value)
        return value

    def output(self, value: ir.Value, name: str) -> None:
        shapes = Shapes(self.opset)
        assert shapes.dtype(value) is not None
        shapes.shape(value)
        value.name = name
        self.model.graph.outputs.append(value)

    def floats(self, *shape: int) -> np.ndarray:
        return self._rng.standard_normal(shape).astype(np.float32)

    def channels_last_conv(self, x: ir.Value, cin: int, cout: int, size: int = 3, stride: int = 1) -> ir.Value:
        """A convolution as TensorFlow's converters write it."""
        y = self.op.transpose(x, [0, 3, 1, 2])
        weight = self.floats(cout, cin, size, size) * np.float32(0.3)
        y = self.op.Conv(y, weight, pads=[size // 2] * 4, strides=[stride, stride])
        return self.op.transpose(y, [0, 2, 3, 1])

    def counts(self) -> Counter[str]:
        return Counter(node.op_type for node in ir.traversal.RecursiveGraphIterator(self.model.graph))

    def feeds(self, seed: int = 0, **dims: int) -> dict[str, np.ndarray]:
        """Random inputs; symbolic dimensions take their size from ``dims``, else 2."""
        rng = np.random.default_rng(seed)
        feeds: dict[str, np.ndarray] = {}
        for value in self.model.graph.inputs:
            shape = [dim if isinstance(dim, int) else dims.get(str(dim), 2) for dim in value.shape or ()]
            dtype = np.dtype(value.dtype.numpy())
            if np.issubdtype(dtype, np.floating):
                feeds[value.name] = rng.standard_normal(shape).astype(dtype)
            else:
                feeds[value.name] = rng.integers(0, 2 if dtype.kind == "b" else 5, shape).astype(dtype)
        return feeds

    def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        proto = ir.to_proto(self.model)
        onnx.checker.check_model(proto, full_check=True)
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        names = [item.name for item in session.get_outputs()]
        return dict(zip(names, session.run(names, feeds), strict=True))

    def same(self, change: Callable[[ir.Model], object], *, rtol=1e-4, atol=1e-4, seed=0, **dims: int) -> Counter[str]:
        """Applies ``change`` in place, compares the outputs before and after, and returns the operators after."""
        feeds = self.feeds(seed, **dims)
        graph = self.model.graph
        signature = [[(v.name, v.dtype, str(v.shape)) for v in values] for values in (graph.inputs, graph.outputs)]
        before = self.run(feeds)
        change(self.model)
        assert signature == [[(v.name, v.dtype, str(v.shape)) for v in vs] for vs in (graph.inputs, graph.outputs)]
        after = self.run(feeds)
        for name, expected in before.items():
            assert after[name].dtype == expected.dtype
            np.testing.assert_allclose(after[name], expected, rtol=rtol, atol=atol, err_msg=name)
        return self.counts()


@pytest.fixture(scope="session")
def new_bench() -> type[Bench]:
    return Bench


def model_of(signature: str, body: str, opset: int = 17) -> ir.Model:
    """A model of ``inputs => outputs`` and nodes in ONNX text."""
    inputs, outputs = signature.split("=>")
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g ({inputs}) => ({outputs}) {{ {body} }}'
    return ir.from_proto(onnx.parser.parse_model(text))


@pytest.fixture(scope="session")
def make_model() -> Callable[..., ir.Model]:
    return model_of
