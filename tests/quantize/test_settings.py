import pytest

from modelwright.errors import UsageError
from modelwright.quantize.settings import BITS, Scheme


def test_an_unknown_dtype_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match="float8") as caught:
        Scheme(dtype="float8")
    assert all(dtype in str(caught.value.hint) for dtype in BITS)
