"""The page on TensorFlow lists the operators that have converters."""

from pathlib import Path

from modelwright.frontends.tensorflow.operators import tensorflow_operators

PAGE = Path(__file__).parents[3] / "docs" / "tensorflow.md"


def test_the_page_lists_the_converters():
    listed = PAGE.read_text().partition("## Operators\n")[2]
    count, _, names = listed.partition(" operators have converters:")
    operators = tensorflow_operators().operators
    assert set(names.split()) == set(operators)
    assert int(count) == len(operators)
