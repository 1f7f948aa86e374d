"""The parts of the worker that need no Keras."""

from types import SimpleNamespace

import pytest

from modelwright.workers.entry import keras_export


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Could not locate class 'Twice'. Make sure custom classes are decorated with", "Twice"),
        ("Could not locate function 'act'. Make sure", "act"),
        ("Unknown layer: 'Mine>Twice'. Please ensure you are using a", "Mine>Twice"),
        ("Unknown activation function: 'act'. Please ensure", "act"),
    ],
)
def test_custom_classes_are_found_in_what_keras_says(message, name):
    match = keras_export.UNKNOWN_CLASS.search(message)
    assert next(group for group in match.groups() if group) == name


def test_names_that_no_parameter_can_have():
    names = ["in", "a/b", "a-b", "1", "x"]
    assert keras_export.parameter_names(names) == ["input_in", "a_b", "a_b_", "input_1", "x"]


def test_names():
    assert keras_export.names_of([None, ["a:0", "b"]], 2, "x") == ["a", "b"]
    assert keras_export.names_of([["a", "a"], ["a"]], 2, "x") == ["x_0", "x_1"]
    model = SimpleNamespace(output_names=None, _functional=SimpleNamespace(output_names=["d"]), layers=[])
    assert keras_export.names_of(keras_export.output_names(model), 1, "x") == ["d"]
