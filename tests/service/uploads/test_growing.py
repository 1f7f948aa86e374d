import io

import pytest

from modelwright.service.errors import TooLargeError
from modelwright.service.uploads.growing import Growing


def test_within_its_room():
    growing = Growing(io.BytesIO(), 5, before=7)
    growing.write(b"123")
    assert growing.size == 10
    with pytest.raises(TooLargeError):
        growing.write(b"456")
    growing.write(b"45")
    assert growing.size == 12
