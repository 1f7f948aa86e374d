import pytest

from modelwright.service.errors import InvalidRequestError
from modelwright.service.uploads.names import safe_name


@pytest.mark.parametrize("name", ["a.onnx", "variables/variables.index", "模型/图 1.pb", "./a"])
def test_good_names(name):
    assert safe_name(name) == name.removeprefix("./")


OUTSIDE = ["", "/a", "a/", "../a", "a/../b", "a//b"]
STRANGE = [".hidden", "a/.git/x", "a\\b", "C:x", "a\0b", "a\nb", "x" * 201, "a/" * 600 + "a", "\ud800"]


@pytest.mark.parametrize("name", [*OUTSIDE, *STRANGE])
def test_names_that_are_not_taken(name):
    with pytest.raises(InvalidRequestError):
        safe_name(name)
