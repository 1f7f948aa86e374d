"""Names and shapes at the border of a converted graph."""

from types import SimpleNamespace

import pytest

from modelwright.errors import ConversionError, UnknownNameError
from modelwright.frontends.tensorflow.interface import input_names, matching, named_dims, output_names
from modelwright.frontends.tensorflow.signature import GraphTensor


def tensor(name: str, shape: tuple[int | None, ...] | None = (None, 3)) -> GraphTensor:
    return GraphTensor(name=name, tensor=f"graph/{name}:0", dtype=1, shape=shape)


MODEL = SimpleNamespace(inputs=(tensor("boxes"), tensor("scores")), outputs=(tensor("boxes"), tensor("valid")))


def test_an_output_called_like_an_input_gets_a_name_of_its_own():
    assert output_names(MODEL, (), input_names(MODEL, ())) == ["boxes_output", "valid"]


def test_renaming_takes_a_name_for_each_tensor():
    assert output_names(MODEL, ("b", "v"), ["boxes"]) == ["b", "v"]
    with pytest.raises(ConversionError, match="gives 1 names but the model has 2 inputs"):
        input_names(MODEL, ("b",))


def test_open_dimensions_get_names():
    assert named_dims(tensor("x"), "x", alone=True) == ("batch", 3)
    assert named_dims(tensor("x", (None, None)), "x:0", alone=False) == ("x_dim0", "x_dim1")
    assert named_dims(tensor("x", None), "x", alone=True) is None


def test_tensors_are_found_by_both_names():
    assert matching(MODEL.inputs, ["graph/scores:0", "boxes"], "input") == {"scores", "boxes"}
    with pytest.raises(UnknownNameError, match="no input named 'score'"):
        matching(MODEL.inputs, ["score"], "input")
