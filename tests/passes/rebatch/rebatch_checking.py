"""Runs a model in ONNX Runtime at a new batch and beside it the original on slices."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser
import onnx_ir as ir
import onnxruntime

from modelwright.passes.contradictions import find_contradictions
from modelwright.passes.infer_again import infer_again
from modelwright.passes.rebatch.apply import rewrite_batch
from modelwright.passes.rebatch.change import batch_change
from modelwright.passes.rebatch.trace import trace_batch
from modelwright.passes.set_shapes import set_input_shapes


def parse(text: str, **weights: tuple[int, ...]) -> onnx.ModelProto:
    """A model from ONNX text, with random weights of the shapes given added."""
    model = onnx.parser.parse_model(text)
    rng = np.random.default_rng(0)
    for name, shape in weights.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(rng.standard_normal(shape).astype("f"), name))
    return model


def run(proto: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def rebatched(proto: onnx.ModelProto, shapes: dict[str, tuple]) -> tuple[onnx.ModelProto, list[str], tuple[str, ...]]:
    """The model with new input shapes, what was rewritten, and the obstacles."""
    model = ir.from_proto(proto)
    change = batch_change(model, set_input_shapes(model, shapes))
    assert change is not None
    trace, originals = trace_batch(model, change)
    done = list(rewrite_batch(model, change, trace.fixed, originals))
    infer_again(model, {})
    if not trace.obstacles:
        assert find_contradictions(model) == ()
    return ir.to_proto(model), done, trace.obstacles


def same_as_slices(
    proto: onnx.ModelProto, name: str, new: int | str, *, axes: list[int] | None = None, size: int = 3
) -> list[str]:
    """Changes the batch of input ``name`` and compares with separate runs of the original; returns what was rewritten.

    ``axes`` are the outputs' batch dimensions, 0 by default; ``size`` is the batch run where ``new`` is a name.
    """
    source = next(item for item in proto.graph.input if item.name == name)
    old = [dim.dim_value for dim in source.type.tensor_type.shape.dim]
    changed, done, obstacles = rebatched(proto, {name: (new, *old[1:])})
    assert obstacles == ()
    onnx.checker.check_model(changed, full_check=True)
    samples = size if isinstance(new, str) else new
    x = np.random.default_rng(1).standard_normal((samples, *old[1:])).astype("f")
    whole = run(changed, {name: x})
    parts = [run(proto, {name: x[start : start + old[0]]}) for start in range(0, samples, old[0])]
    for index, found in enumerate(whole):
        axis = 0 if axes is None else axes[index]
        expected = np.concatenate([part[index] for part in parts], axis=axis)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    return done
