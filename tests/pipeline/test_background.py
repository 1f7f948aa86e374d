import pytest

from modelwright.errors import ModelNotFoundError
from modelwright.pipeline.background import Background


def test_the_result_can_be_asked_for_again():
    call = Background(lambda: [1])
    assert call.result() is call.result()


def test_an_error_is_raised_where_the_result_is_asked_for():
    def fail() -> int:
        raise ModelNotFoundError("gone")

    call = Background(fail)
    with pytest.raises(ModelNotFoundError, match="gone"):
        call.result()
