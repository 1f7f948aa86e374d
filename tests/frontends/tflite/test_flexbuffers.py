"""Options of custom operators."""

from __future__ import annotations

import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.tflite.flexbuffers import read_options

MAP = bytes([*b"a\0", *b"bc\0", 2, 6, 5, 2, 1, 2, 7, 1, 4, 104, 4, 0x24, 1])
"""``{"a": 7, "bc": true}``: two keys, the vector of their offsets, its distance and width, the values, their types."""


def test_a_map_of_numbers():
    assert read_options(MAP) == {"a": 7, "bc": 1}


@pytest.mark.parametrize("raw", [b"", b"\x00", bytes(3), MAP[:-2], b"\xff" * 12])
def test_other_bytes(raw):
    with pytest.raises(ModelFormatError, match="custom operator's options"):
        read_options(raw)
