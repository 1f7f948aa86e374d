"""Checks rewrites: ONNX text in, the operators that come out, and equal numbers in ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rule import Group, rules_of


def make_model(signature: str, body: str, constants: dict[str, np.ndarray], opset: int) -> ir.Model:
    """A model of ``inputs => outputs`` and nodes in ONNX text; constants are initializers by name."""
    inputs, outputs = signature.split("=>")
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g ({inputs}) => ({outputs}) {{ {body} }}'
    model = onnx.parser.parse_model(text)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in constants.items())
    return ir.from_proto(model)


def run(model: ir.Model, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def random_feeds(model: ir.Model) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    feeds: dict[str, np.ndarray] = {}
    for value in model.graph.inputs:
        shape = [dim if isinstance(dim, int) else 3 for dim in value.shape or ()]
        feeds[value.name] = (rng.standard_normal(shape) * 3).astype(value.dtype.numpy())
    return feeds


def check_rules(
    signature: str,
    body: str,
    want: str,
    *,
    opset: int = 17,
    groups: tuple[Group, ...] = tuple(group for group in Group if group is not Group.MATMUL),
    only: str | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-5,
    **constants: np.ndarray,
) -> ir.Model:
    """Applies the rules and compares.

    Args:
        signature: ``float[N,3] x => float[N,3] y``.
        body: Nodes in ONNX text.
        want: The operators left, in order, separated by spaces.
        opset: Version of the default domain.
        groups: Rules to apply.
        only: Name of the single rule to apply beside that for Constant nodes.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        constants: Initializers by name.
    """
    model = make_model(signature, body, {k: np.asarray(v) for k, v in constants.items()}, opset)
    feeds = random_feeds(model)
    names = [value.name for value in model.graph.outputs]
    before = run(model, feeds)
    rules = [
        rule
        for rule in rules_of(*groups, opset=opset)
        if only is None or rule.name in (only, "Constant node to initializer")
    ]
    apply_rules(RewriteContext(model.graph, opset), rules, Statistics())
    assert " ".join(node.op_type for node in model.graph) == want
    assert [value.name for value in model.graph.outputs] == names
    for expected, actual in zip(before, run(model, feeds), strict=True):
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)
    return model


@pytest.fixture(scope="session")
def check():
    return check_rules


@pytest.fixture(scope="session")
def make():
    return make_model
