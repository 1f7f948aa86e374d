"""Properties of the optimizer as a whole, on random graphs: same values, same interface, nothing grows."""

from __future__ import annotations

import contextlib
import os

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, NotImplemented  # noqa: A004
from random_graphs.control import STEPS
from random_graphs.drawing import Drawing

from modelwright.passes.pipeline import OptimizeChoices, OptimizeLevel, optimize

EXAMPLES = int(os.environ.get("MODELWRIGHT_RANDOM_GRAPHS", "80"))
"""Graphs drawn in a run; a long run has thousands."""

ROOMY = 1500
"""Bytes a file may grow by: names and shapes that the source left out."""


@st.composite
def graphs(draw) -> Drawing:
    drawing = Drawing(draw)
    drawing.input(draw(st.sampled_from([(2, 3, 4, 4), (1, 2, 5, 3), (2, 4, 6), (3, 5), (2, 3)])))
    if draw(st.booleans()):
        drawing.input(draw(st.sampled_from([(2, 3, 4, 4), (3, 5), (4,)])))
    for _ in range(draw(st.integers(1, 9))):
        with contextlib.suppress(LookupError):  # no value of a rank that the step needs
            draw(st.sampled_from(STEPS))(drawing)
    drawing.finish()
    assume(drawing.model.graph.outputs)
    return drawing


def run(model: ir.Model, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def interface(model: ir.Model) -> list[tuple[str | None, ir.DataType | None, tuple[object, ...]]]:
    values = (*model.graph.inputs, *model.graph.outputs)
    return [(value.name, value.dtype, tuple(value.shape or ())) for value in values]


def check_interface(model: ir.Model, before: list[tuple[str | None, ir.DataType | None, tuple[object, ...]]]) -> None:
    """Names and dtypes stay, and so do sizes; what was unknown may be known now."""
    for (name, dtype, shape), (old_name, old_dtype, old_shape) in zip(interface(model), before, strict=True):
        assert (name, dtype, len(shape)) == (old_name, old_dtype, len(old_shape))
        assert all(new == old or old.value is None for new, old in zip(shape, old_shape, strict=True))


def compare(expected: np.ndarray, actual: np.ndarray, name: str | None) -> None:
    """Equal up to the rounding of as many operators as there may be, measured by the largest value."""
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(actual), finite)
    scale = max(1.0, float(np.abs(expected[finite]).max(initial=0)))
    tolerance = (2e-5 if expected.dtype == np.float32 else 1e-12) * scale
    np.testing.assert_allclose(actual[finite], expected[finite], rtol=1e-3, atol=tolerance, err_msg=str(name))


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graphs(), st.sampled_from([OptimizeLevel.FULL, OptimizeLevel.FULL, OptimizeLevel.CLEAN]))
def test_the_same_values_and_no_growth(drawing, level):
    model = drawing.model
    try:
        before, names = run(model, drawing.feeds), interface(model)
    except (NotImplemented, Fail):  # no kernel for the dtype, or sizes that the runtime does not broadcast in a branch
        reject()
    size = ir.to_proto(model).ByteSize()
    result = optimize(model, opset=drawing.opset, choices=OptimizeChoices(level=level))
    check_interface(model, names)
    assert ir.to_proto(model).ByteSize() <= size + ROOMY
    assert result.nodes_after == len(list(ir.traversal.RecursiveGraphIterator(model.graph)))
    for expected, actual, value in zip(before, run(model, drawing.feeds), model.graph.outputs, strict=True):
        compare(expected, actual, value.name)
