"""Batch-first recurrent layers; what they must compute is what ONNX Runtime makes of steps-first ones, turned."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import TensorProto, helper

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rules.steps_first import steps_first

STEPS, BATCH, WIDE, HIDDEN = 5, 3, 4, 2
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def layer(kind: str, directions: int, layout: int, names: list[str]) -> ir.Model:
    """One layer with these inputs and all outputs."""
    direction = "bidirectional" if directions == 2 else "reverse"
    results = ["Y", "Y_h", "Y_c"][: 3 if kind == "LSTM" else 2]
    node = helper.make_node(kind, names, results, name="layer", hidden_size=HIDDEN, direction=direction, layout=layout)
    state = [BATCH, directions, HIDDEN] if layout else [directions, BATCH, HIDDEN]
    shapes = {
        "X": [BATCH, STEPS, WIDE] if layout else [STEPS, BATCH, WIDE],
        "W": [directions, GATES[kind] * HIDDEN, WIDE],
        "R": [directions, GATES[kind] * HIDDEN, HIDDEN],
        "B": [directions, 2 * GATES[kind] * HIDDEN],
        "lengths": [BATCH],
        "h": state,
        "c": state,
        "Y": [BATCH, STEPS, directions, HIDDEN] if layout else [STEPS, directions, BATCH, HIDDEN],
        "Y_h": state,
        "Y_c": state,
    }

    def info(name: str) -> onnx.ValueInfoProto:
        kind_of = TensorProto.INT32 if name == "lengths" else TensorProto.FLOAT
        return helper.make_tensor_value_info(name, kind_of, shapes[name])

    graph = helper.make_graph([node], "g", [info(name) for name in names if name], [info(name) for name in results])
    return ir.from_proto(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]))


def run(model: ir.Model, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    return onnxruntime.InferenceSession(proto.SerializeToString()).run(None, feeds)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("LSTM", ["X", "W", "R", "B", "lengths", "h", "c"]),
        ("LSTM", ["X", "W", "R"]),
        ("GRU", ["X", "W", "R", "", "", "h"]),
        ("RNN", ["X", "W", "R", "B", "lengths", "h"]),
    ],
)
def test_it_computes_what_the_layer_with_steps_first_does(kind, names, directions):
    rng = np.random.default_rng(1)
    plain = layer(kind, directions, 0, names)
    feeds = {value.name: rng.standard_normal([*value.shape]).astype(np.float32) for value in plain.graph.inputs}
    if "lengths" in feeds:
        feeds["lengths"] = np.array([5, 2, 3], np.int32)
    y, *ends = run(plain, feeds)
    turned = {name: array.swapaxes(0, 1) if name in ("X", "h", "c") else array for name, array in feeds.items()}
    model = layer(kind, directions, 1, names)
    assert apply_rules(RewriteContext(model.graph, 17), [steps_first], Statistics()) == 1
    found, *states = run(model, turned)
    np.testing.assert_array_equal(found, y.transpose(2, 0, 1, 3))
    for state, end in zip(states, ends, strict=True):
        np.testing.assert_array_equal(state, end.swapaxes(0, 1))


def test_a_layer_with_steps_first_stays():
    model = layer("GRU", 1, 0, ["X", "W", "R"])
    assert apply_rules(RewriteContext(model.graph, 17), [steps_first], Statistics()) == 0
