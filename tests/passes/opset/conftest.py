"""Changes the opset of models given as text, and compares what they compute before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.parser
import onnxruntime as ort
import pytest
from onnx.reference import ReferenceEvaluator

from modelwright.hub import checker, io
from modelwright.passes.opset.change import OpsetChange, change_opset

ORT_OPSET = 26
"""The newest that ONNX Runtime 1.31 loads."""


class Changed:
    """A model before and after.

    Attributes:
        change: What was done.
        before: The source's message.
        after: The result's message.
    """

    def __init__(self, change: OpsetChange, before: onnx.ModelProto, after: onnx.ModelProto) -> None:
        self.change, self.before, self.after = change, before, after

    @property
    def operators(self) -> list[str]:
        """The operators of the result, in order."""
        return [node.op_type for node in self.after.graph.node]

    def feeds(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Random inputs of the shapes in the model, 3 for every free dimension; whole numbers from -9 to 9."""
        rng = np.random.default_rng(seed)
        return {info.name: _random(rng, info) for info in self.before.graph.input}

    def same(self, feeds: dict[str, np.ndarray] | None = None, *, rtol: float = 1e-5, atol: float = 1e-6) -> None:
        """Both compute the same, to the tolerance, on inputs of two seeds or on those given."""
        old_runner, new_runner = _runner(self.before), _runner(self.after)
        for given in [self.feeds(seed) for seed in range(2)] if feeds is None else [feeds]:
            for old, new in zip(old_runner(given), new_runner(given), strict=True):
                assert (old.dtype, old.shape) == (new.dtype, new.shape)
                np.testing.assert_allclose(_wide(new), _wide(old), rtol=rtol, atol=atol)


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def _random(rng: np.random.Generator, info: onnx.ValueInfoProto) -> np.ndarray:
    kind = info.type.tensor_type
    shape = [dim.dim_value if dim.HasField("dim_value") else 3 for dim in kind.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -9, 10, shape).astype(dtype)
    return rng.standard_normal(shape).astype(dtype)


def _runner(model: onnx.ModelProto) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """ONNX Runtime, or the reference evaluator where that has no kernel or does not load the opset."""
    newest = max(item.version for item in model.opset_import if not item.domain)
    inputs = [info.type.tensor_type.elem_type for info in model.graph.input]
    if newest <= ORT_OPSET and onnx.TensorProto.BFLOAT16 not in inputs:
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        try:
            session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
            return lambda feeds: session.run(None, feeds)
        except Exception as error:
            if "NOT_IMPLEMENTED" not in str(error):
                raise
    evaluator = ReferenceEvaluator(model)
    return lambda feeds: evaluator.run(None, feeds)


@pytest.fixture
def to_opset(tmp_path: Path) -> Callable[..., Changed]:
    """Brings a model (text, or a message) to an opset; checks it as a conversion does."""

    def change(model: str | onnx.ModelProto, target: int, **initializers: Any) -> Changed:
        proto = onnx.parser.parse_model(model) if isinstance(model, str) else model
        for name, array in initializers.items():
            proto.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), name))
        path = tmp_path / "model.onnx"
        onnx.save(proto, path)
        hub = io.load(path)
        result = change_opset(hub, target)
        checker.check(hub)
        io.save(hub, path)
        after = onnx.load(path)
        assert {item.domain: item.version for item in after.opset_import}[""] == target
        assert [info.name for info in after.graph.output] == [info.name for info in proto.graph.output]
        return Changed(result, proto, after)

    return change


@pytest.fixture
def step(to_opset: Callable[..., Changed]) -> Callable[..., Changed]:
    """One node between inputs and outputs given as ``float[2,3] x``, brought from one opset to another and compared."""

    def run(
        node: str, inputs: str, outputs: str, before: int, after: int, *, feeds: Any = None, **initializers: Any
    ) -> Changed:
        header = f'<ir_version: {_ir_version(before)}, opset_import: ["" : {before}]>'
        text = f"{header}\ng ({inputs}) => ({outputs}) {{ {node} }}"
        changed = to_opset(text, after, **initializers)
        changed.same(feeds)
        return changed

    return run


def _ir_version(opset: int) -> int:
    return onnx.helper.find_min_ir_version_for([onnx.helper.make_opsetid("", opset)])
