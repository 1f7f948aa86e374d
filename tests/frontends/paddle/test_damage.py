import pytest

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.paddle.damage import damage


@pytest.mark.parametrize("error", [KeyError("N"), IndexError(), TypeError(), ValueError(), RecursionError()])
def test_the_file_is_named(error):
    with pytest.raises(ModelFormatError, match=r"m\.json: the program is damaged") as caught, damage("m.json"):
        raise error
    assert caught.value.__cause__ is error


def test_errors_of_ours_pass():
    with pytest.raises(UnsupportedError, match="own"), damage("m.json"):
        raise UnsupportedError("own")
