"""Tables, vectors and strings from bytes written by hand."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from modelwright.errors import InternalError, ModelFormatError
from modelwright.schemas.flatbuffers import FlatFile, Schema, parse_slots

SCHEMA = Schema(
    tables={"Root": parse_slots("count:int32=7 name:string - values:[int16] inner:Root scale:float32=0.5 mode:Mode")},
    enums={"Mode": ("int8", ("OFF", "ON"))},
)


def _file(*, name_offset: int = 28, mode: int = 1) -> FlatFile:
    """A root table with a name, values and a mode; the other fields are left out."""
    vtable = struct.pack("<9H", 18, 16, 0, 4, 0, 8, 0, 0, 12)
    body = struct.pack("<iIIi", 24, name_offset, 32, mode)
    name = struct.pack("<I", 3) + b"abc\0"
    values = struct.pack("<I3h", 3, -1, 2, 300)
    raw = struct.pack("<I", 32) + b"TEST" + vtable + bytes(6) + body + bytes(16) + name + values
    return FlatFile(memoryview(raw), "some.file", SCHEMA)


def test_fields_and_defaults():
    found = _file().root("Root").read()
    assert found["count"] == 7
    assert found["name"] == "abc"
    np.testing.assert_array_equal(found["values"], [-1, 2, 300])
    assert found["inner"] is None
    assert found["scale"] == 0.5
    assert found["mode"] == "ON"


def test_vectors_share_the_memory_of_the_file():
    assert not _file().root("Root").read()["values"].flags.owndata


def test_an_offset_outside_names_the_file_and_the_byte():
    with pytest.raises(ModelFormatError, match=r"some\.file: damaged at byte 36"):
        _file(name_offset=4000).root("Root").read()


def test_a_number_that_no_enumeration_has():
    with pytest.raises(ModelFormatError, match="mode of Root at byte 44 is 9"):
        _file(mode=9).root("Root").read()


def test_a_slot_without_kind():
    with pytest.raises(InternalError):
        parse_slots("name")
