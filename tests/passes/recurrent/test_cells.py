import pytest

from modelwright.errors import ConversionError
from modelwright.passes.recurrent.cells import activations_of


def test_numbers_go_to_those_that_take_some():
    assert len(activations_of(["Sigmoid", "HardSigmoid", "ScaledTanh"], [0.1, 0.2], [0.3])) == 3


def test_activations_that_are_not_known():
    with pytest.raises(ConversionError, match="'Mish'"):
        activations_of(["Mish"], None, None)
