"""Layers as Loops over steps whose number is open, against ONNX Runtime's recurrent operators."""

import numpy as np
import onnx_ir as ir
import pytest
from onnx.reference import ReferenceEvaluator
from recurrent_models import BATCH, WIDTH, model_of, run

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.recurrent.unroll import unroll

ATTRIBUTES = [
    {},
    {"bias": False},
    {"direction": "reverse", "states": True},
    {"direction": "bidirectional", "directions": 2},
    {"direction": "bidirectional", "directions": 2, "states": True},
    {"lengths": [5, 2, 3]},
    {"direction": "reverse", "lengths": [2, 5, 1], "states": True},
    {"direction": "bidirectional", "directions": 2, "lengths": [1, 5, 4]},
    {"clip": 0.3},
]


def opened(proto, axis=0):
    """The steps are open, and the batch where no other input says it."""
    dims = proto.graph.input[0].type.tensor_type.shape.dim
    dims[axis].dim_param = "steps"
    if {item.name for item in proto.graph.initializer}.isdisjoint({"h", "lengths"}):
        dims[1 - axis].dim_param = "batch"
    return proto


def looped(proto):
    model = ir.from_proto(proto)
    node = model.graph[0]
    op = OpsetBuilder(model.graph, 18, names=NameScope.of_graph(model.graph), shapes=Shapes(18), before=node)

    def inside(body):
        return OpsetBuilder(body, 18, names=op.names, shapes=op.shapes, constants=model.graph)

    for old, new in zip(list(node.outputs), unroll(node, op, inside), strict=True):
        new.name, old.name = old.name, None
        old.replace_all_uses_with(new, replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    after = ir.to_proto(model)
    assert "Loop" in {item.op_type for item in after.graph.node}
    return after


def same(before, after, x):
    for found, wanted in zip(run(after, {"x": x}), run(before, {"x": x}), strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("options", ATTRIBUTES, ids=str)
def test_computes_what_the_operator_does(kind, options):
    proto = opened(model_of(kind, **options)[0])
    after = looped(proto)
    draw = np.random.default_rng(5)
    for steps in (5,) if "lengths" in options else (1, 2, 7):
        same(proto, after, draw.standard_normal((steps, BATCH, WIDTH)).astype(np.float32))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("LSTM", {"peepholes": True, "states": True}),
        ("LSTM", {"input_forget": 1}),
        ("LSTM", {"activations": ["HardSigmoid", "Relu", "Softsign"], "activation_alpha": [0.3]}),
        ("GRU", {"linear_before_reset": 1, "states": True, "direction": "reverse"}),
        ("GRU", {"linear_before_reset": 1, "bias": False}),
        ("RNN", {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.1]}),
    ],
    ids=str,
)
def test_further_attributes(kind, options):
    proto = opened(model_of(kind, **options)[0])
    after = looped(proto)
    draw = np.random.default_rng(6)
    for steps in (1, 4):
        same(proto, after, draw.standard_normal((steps, BATCH, WIDTH)).astype(np.float32))


@pytest.mark.parametrize("batch", [1, 4])
def test_batches_that_are_open(batch):
    proto = opened(model_of("LSTM", direction="bidirectional", directions=2)[0])
    same(proto, looped(proto), np.random.default_rng(8).standard_normal((6, batch, WIDTH)).astype(np.float32))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_the_batch_first(kind):
    proto = opened(model_of(kind, layout=1, states=True)[0], axis=1)
    x = np.random.default_rng(9).standard_normal((BATCH, 3, WIDTH)).astype(np.float32)
    wanted = ReferenceEvaluator(proto).run(None, {"x": x})
    for found, expected in zip(run(looped(proto), {"x": x}), wanted, strict=True):
        np.testing.assert_allclose(found, np.asarray(expected).reshape(found.shape), rtol=1e-5, atol=1e-5)


def test_more_steps_than_copies_of_the_cell_would_be_sensible():
    proto, feeds = model_of("GRU", steps=600, states=True)
    after = looped(proto)
    assert len(after.graph.node) < 60
    same(proto, after, feeds["x"])
