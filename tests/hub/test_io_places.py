import contextlib

import numpy as np
import onnx_ir as ir
import pytest

from modelwright.errors import InternalError
from modelwright.hub.io_places import standing_in, tensor_places


def model():
    w = ir.Value(name="w", const_value=ir.tensor(np.zeros(2, np.float32), name="w"))
    node = ir.node("Constant", [], attributes={"value": ir.tensor(np.ones(2, np.float32))})
    add = ir.node("Add", [w, node.outputs[0]])
    return ir.Model(
        ir.Graph([], add.outputs, nodes=[node, add], initializers=[w], opset_imports={"": 17}), ir_version=8
    )


def test_places_are_found_and_everything_is_put_back():
    made = model()
    places = tensor_places(made)
    assert [place.in_main_graph for place in places] == [True, False]
    others = [ir.tensor(np.full(2, 7, np.float32)) for _ in places]
    with contextlib.suppress(KeyError), standing_in(places, others):
        assert [place.tensor.numpy()[0] for place in tensor_places(made)] == [7, 7]
        raise KeyError
    assert [place.tensor.numpy()[0] for place in tensor_places(made)] == [0, 1]


def test_an_initializer_without_contents():
    made = model()
    made.graph.initializers["w"].const_value = None
    with pytest.raises(InternalError, match="'w' has no contents"):
        tensor_places(made)
