import numpy as np
import onnx_ir as ir
import pytest

from modelwright.quantize.finite import spoiled, spoiled_weight
from modelwright.quantize.placement import place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import QuantizeSettings


@pytest.fixture
def placed(residual, tools):
    model = tools.load(residual)
    prepare(model)
    return model, place(model, QuantizeSettings())


def test_sound_weights(placed):
    assert spoiled_weight(*placed) is None


@pytest.mark.parametrize("name", ["c3_w", "dense_b"])
def test_the_weight_and_its_node_are_named(placed, name):
    model, placement = placed
    value = model.graph.initializers[name]
    array = value.const_value.numpy().copy()
    array.flat[1] = np.nan
    value.const_value = ir.Tensor(array, name=name)
    found = spoiled_weight(model, placement)
    assert found is not None
    error = spoiled(found)
    assert repr(name) in error.message
    assert error.node in error.message
    assert error.node in {node.name for node in model.graph}
