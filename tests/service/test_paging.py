import pytest

from modelwright.service.errors import InvalidRequestError
from modelwright.service.paging import decode, encode


def test_there_and_back():
    assert decode(encode("ü", "b"), 2) == ("ü", "b")


@pytest.mark.parametrize("cursor", ["", "x", "a" * 33, encode("one"), "MTIz", "\u00fc"])
def test_cursors_that_are_none(cursor):
    with pytest.raises(InvalidRequestError):
        decode(cursor, 2)
