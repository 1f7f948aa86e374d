"""How mistakes read."""

import pytest

from modelwright.quantize.config.problems import Problem, config_error, path_of


@pytest.mark.parametrize(
    ("key", "text"),
    [((), ""), (("a",), "a"), (("a", "b", 0, "c"), "a.b[0].c"), ((1, "a"), "[1].a")],
)
def test_places(key, text):
    assert path_of(key) == text


def test_one_mistake_is_a_sentence_and_several_are_a_list():
    first = Problem(key=("a", "b"), message="is 1: a text is wanted", hint="write one")
    second = Problem(key=("c",), message="is missing")
    one = config_error("c.json", [first])
    assert (one.message, one.hint) == ("c.json: a.b is 1: a text is wanted", "write one")
    both = config_error("c.json", [first, second])
    assert (
        both.message
        == "c.json: 2 keys must be corrected:\n  - a.b is 1: a text is wanted (write one)\n  - c is missing"
    )
