import pytest

from modelwright.service.tasks.rules import as_texts, description_faults, name_faults, path_faults, suggested_name


@pytest.mark.parametrize("name", ["ab", "convert-ba73", "a1", "a" * 24])
def test_names(name):
    assert not list(name_faults(name))
    assert not list(name_faults(suggested_name()))


@pytest.mark.parametrize("name", ["", "a", "A1", "1a", "a-", "a" * 25, "a_b", "a b", "é2", "ab\n"])
def test_names_that_are_none(name):
    assert [fault.where for fault in name_faults(name)] == ["name"]


@pytest.mark.parametrize("text", ["x" * 101, *(f"a{char}" for char in '&!"<>=')])
def test_descriptions_that_are_not_taken(text):
    assert list(description_faults(text))


def test_the_rest():
    assert not list(description_faults("图 " * 50))
    assert [fault.where for fault in path_faults("input", "")] == ["input"]
    assert list(path_faults("input", "file:///a\n"))
    assert as_texts({"a": True, "b": 4, "c": "x", "d": 1.5}) == {"a": "true", "b": "4", "c": "x", "d": "1.5"}
