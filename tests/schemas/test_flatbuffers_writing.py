"""What is written is what the reader reads."""

from __future__ import annotations

import numpy as np
import pytest

from modelwright.errors import InternalError
from modelwright.schemas.flatbuffers import FlatFile, Schema, parse_slots
from modelwright.schemas.flatbuffers_writing import BLOB_ALIGNMENT, Blob, FlatTable, write_tables

SCHEMA = Schema(
    tables={
        "Root": parse_slots(
            "count:int32=7 name:string - values:[int64] inner:Root items:[Root] scale:float32=0.5 mode:Mode big:uint64 "
            "data:[uint8] flag:bool"
        )
    },
    enums={"Mode": ("int8", ("OFF", "ON"))},
)


def _table(**fields) -> FlatTable:
    return FlatTable(kind="Root", fields=fields)


def _read(table: FlatTable, *contents: bytes) -> dict:
    written = write_tables(table, SCHEMA, b"TEST")
    raw = bytes(written.head)
    for number, content in enumerate(contents):
        raw += written.lead(number) + content
    assert len(raw) == written.size
    assert raw[4:8] == b"TEST"
    return FlatFile(memoryview(raw), "f", SCHEMA).root("Root").read()


def test_all_kinds_of_fields():
    found = _read(
        _table(count=-3, name="a → b", values=[1, -(2**40)], inner=_table(mode="ON"), items=[_table(), _table(count=2)],
               scale=0.25, big=2**40, flag=True)
    )  # fmt: skip
    assert (found["count"], found["name"], found["scale"], found["big"], found["flag"]) == (
        -3,
        "a → b",
        0.25,
        2**40,
        True,
    )
    np.testing.assert_array_equal(found["values"], [1, -(2**40)])
    assert found["inner"]["mode"] == "ON"
    assert [item["count"] for item in found["items"]] == [7, 2]


def test_what_equals_its_default_takes_no_room():
    assert len(write_tables(_table(count=7, scale=0.5, mode="OFF"), SCHEMA, b"TEST").head) == len(
        write_tables(_table(), SCHEMA, b"TEST").head
    )


def test_equal_tables_share_a_vtable():
    one, two = (write_tables(_table(items=[_table(count=1)] * n), SCHEMA, b"TEST").head for n in (1, 2))
    assert len(two) - len(one) < 16


def test_blobs_are_aligned_vectors_behind_the_tables():
    table = _table(items=[_table(data=Blob(size=3)), _table(data=Blob(size=5))])
    found = _read(table, b"abc", b"defgh")
    assert [bytes(item["data"]) for item in found["items"]] == [b"abc", b"defgh"]
    assert all(place % BLOB_ALIGNMENT == 0 for place in write_tables(table, SCHEMA, b"TEST").places)


def test_absolute_blobs_are_positions():
    table = _table(big=Blob(size=4, absolute=True))
    found = _read(table, b"abcd")
    assert found["big"] == write_tables(table, SCHEMA, b"TEST").places[0]


def test_a_field_or_member_that_does_not_exist():
    with pytest.raises(InternalError, match="no field 'size'"):
        write_tables(_table(size=1), SCHEMA, b"TEST")
    with pytest.raises(InternalError, match="'HALF' is no Mode"):
        write_tables(_table(mode="HALF"), SCHEMA, b"TEST")


def test_same_tables_same_bytes():
    first, second = (write_tables(_table(values=[1], name="x"), SCHEMA, b"TEST").head for _ in range(2))
    assert first == second
