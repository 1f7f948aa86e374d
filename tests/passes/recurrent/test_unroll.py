"""Unrolled layers against ONNX Runtime's recurrent operators (and the onnx reference for layouts it lacks)."""

import numpy as np
import onnx_ir as ir
import pytest
from onnx.reference import ReferenceEvaluator
from recurrent_models import model_of, run

from modelwright.errors import ConversionError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.recurrent.unroll import unroll


def unrolled(proto):
    model = ir.from_proto(proto)
    node = model.graph[0]
    op = OpsetBuilder(model.graph, 18, names=NameScope.of_graph(model.graph), shapes=Shapes(18), before=node)
    for old, new in zip(list(node.outputs), unroll(node, op), strict=True):
        new.name, old.name = old.name, None
        old.replace_all_uses_with(new, replace_graph_outputs=True)
    model.graph.remove(node, safe=True)
    return ir.to_proto(model)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": False},
        {"direction": "reverse", "states": True},
        {"direction": "bidirectional", "directions": 2, "states": True},
        {"lengths": [5, 2, 3]},
        {"direction": "bidirectional", "directions": 2, "lengths": [1, 5, 4], "states": True},
        {"clip": 0.3},
        {"steps": 1},
    ],
    ids=str,
)
def test_computes_what_the_operator_does(kind, options):
    proto, feeds = model_of(kind, **options)
    for found, wanted in zip(run(unrolled(proto), feeds), run(proto, feeds), strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("LSTM", {"peepholes": True, "states": True}),
        (
            "LSTM",
            {"activations": ["HardSigmoid", "Relu", "Softsign"], "activation_alpha": [0.3], "activation_beta": [0.4]},
        ),
        ("GRU", {"linear_before_reset": 1, "states": True}),
        ("GRU", {"linear_before_reset": 1, "bias": False}),
        ("RNN", {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.1]}),
        ("RNN", {"activations": ["ScaledTanh"], "activation_alpha": [0.5], "activation_beta": [0.7]}),
    ],
    ids=str,
)
def test_further_attributes(kind, options):
    proto, feeds = model_of(kind, **options)
    for found, wanted in zip(run(unrolled(proto), feeds), run(proto, feeds), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_the_batch_first(kind):
    proto, feeds = model_of(kind, layout=1, states=True)
    wanted = ReferenceEvaluator(proto).run(None, feeds)
    for found, expected in zip(run(unrolled(proto), feeds), wanted, strict=True):
        np.testing.assert_allclose(found, np.asarray(expected).reshape(found.shape), rtol=1e-5, atol=1e-5)


def test_what_cannot_be_unrolled():
    proto, _ = model_of("RNN")
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "steps"
    with pytest.raises(ConversionError, match="number of steps is not known"):
        unrolled(proto)
    with pytest.raises(ConversionError, match="it has 600 steps"):
        unrolled(model_of("RNN", steps=600)[0])
    proto, _ = model_of("RNN", activations=["Mish"])
    with pytest.raises(ConversionError, match="'Mish' is not known"):
        unrolled(proto)
