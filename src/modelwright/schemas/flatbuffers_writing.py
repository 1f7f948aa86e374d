"""Writes FlatBuffers from front to back: every table stands before what it refers to, so that offsets lead forward.

The counterpart of ``modelwright.schemas.flatbuffers``, with the same schemas. Numbers that equal their default are left
out, equal vtables are shared. Contents of many bytes are not held: a ``Blob`` reserves their place behind all tables,
and the caller writes them there one after the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from modelwright.errors import InternalError
from modelwright.schemas.flatbuffers import CODES, NUMBERS, Schema, Slot

BLOB_ALIGNMENT: Final = 16
"""What the start of a blob's bytes is a multiple of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTable:
    """A table to write.

    Attributes:
        kind: Its name in the schema.
        fields: Values by name; by slot number for slots that the schema does not describe, which hold a table or a
            list of tables. None and empty lists are left out.
    """

    kind: str
    fields: Mapping[str | int, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes to be written behind the tables.

    Attributes:
        size: How many.
        absolute: Whether the field holds the position in the file as a number, not the offset of a vector. Positions
            reach beyond the 2 GiB that offsets span.
    """

    size: int
    absolute: bool = False


@dataclass(slots=True, kw_only=True)
class Written:
    """The tables of a file, and where its blobs go.

    Attributes:
        head: All bytes in front of the blobs.
        places: Where each blob's bytes start, in the order of ``blobs``; the bytes in front of it are ``lead``.
        blobs: The blobs, in the order of the file.
        size: Size of the whole file.
    """

    head: bytearray
    places: list[int] = field(default_factory=list[int])
    blobs: list[Blob] = field(default_factory=list[Blob])
    size: int = 0

    def lead(self, number: int) -> bytes:
        """What stands between the previous blob, or the tables, and a blob: padding and the vector's length."""
        before = self.places[number - 1] + self.blobs[number - 1].size if number else len(self.head)
        gap = self.places[number] - before
        length = b"" if self.blobs[number].absolute else struct.pack("<I", self.blobs[number].size)
        return bytes(gap - len(length)) + length


def write_tables(root: FlatTable, schema: Schema, identifier: bytes) -> Written:
    """Lays a file out.

    Args:
        root: The root table with all beneath it.
        schema: What the tables mean.
        identifier: The four bytes at position 4.

    Raises:
        InternalError: A field does not exist, or a value is no member of its enumeration.
    """
    return _Writer(schema).file(root, identifier)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A field on its way: its slot, how wide it is, and its number or what writes the thing it refers to."""

    slot: int
    code: str
    number: Any = 0
    target: Callable[[], int] | None = None
    blob: Blob | None = None

    @property
    def width(self) -> int:
        return struct.calcsize(self.code)


class _Writer:
    """One run of ``write_tables``."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._data = bytearray()
        self._vtables: dict[bytes, int] = {}
        self._blobs: list[tuple[int, Blob]] = []
        self._numbers = {
            name: {text: number for number, text in enumerate(values)} for name, (_, values) in schema.enums.items()
        }
        self._slots = {
            name: {slot.name: (number, slot) for number, slot in enumerate(slots) if slot is not None}
            for name, slots in schema.tables.items()
        }

    def file(self, root: FlatTable, identifier: bytes) -> Written:
        self._data += bytes(4) + identifier
        self._refer(0, self._table(root))
        self._align(4)
        return self._with_blobs()

    def _with_blobs(self) -> Written:
        written = Written(head=self._data)
        end = len(self._data)
        for position, blob in self._blobs:
            lead = 0 if blob.absolute else 4
            start = -(-(end + lead) // BLOB_ALIGNMENT) * BLOB_ALIGNMENT
            code, number = ("<Q", start) if blob.absolute else ("<I", start - 4 - position)
            struct.pack_into(code, self._data, position, number)
            written.places.append(start)
            written.blobs.append(blob)
            end = start + blob.size
        written.size = end
        return written

    def _align(self, width: int, ahead: int = 0) -> int:
        """Pads so that the position ``ahead`` of the end is a multiple of ``width``; returns the end."""
        self._data += bytes(-(len(self._data) + ahead) % width)
        return len(self._data)

    def _refer(self, place: int, target: int) -> None:
        struct.pack_into("<I", self._data, place, target - place)

    def _table(self, table: FlatTable) -> int:
        entries = sorted(self._entries(table), key=lambda entry: (-entry.width, entry.slot))
        places: dict[int, int] = {}
        size = 4
        for entry in entries:
            size += -size % entry.width
            places[entry.slot] = size
            size += entry.width
        vtable = self._vtable(places, size)
        start = self._align(8 if any(entry.width == 8 for entry in entries) else 4)
        self._data += struct.pack("<i", start - vtable) + bytes(size - 4)
        for entry in entries:
            place = start + places[entry.slot]
            if entry.blob is not None:
                self._blobs.append((place, entry.blob))
            elif entry.target is None:
                struct.pack_into(entry.code, self._data, place, entry.number)
        for entry in sorted(entries, key=lambda entry: entry.slot):
            if entry.target is not None:
                self._refer(start + places[entry.slot], entry.target())
        return start

    def _vtable(self, places: Mapping[int, int], size: int) -> int:
        slots = max(places, default=-1) + 1
        raw = struct.pack(f"<HH{slots}H", 4 + 2 * slots, size, *(places.get(slot, 0) for slot in range(slots)))
        if raw not in self._vtables:
            self._vtables[raw] = self._align(2)
            self._data += raw
        return self._vtables[raw]

    def _entries(self, table: FlatTable) -> list[_Entry]:
        found: list[_Entry] = []
        for name, value in table.fields.items():
            if value is None or (isinstance(value, Sequence | np.ndarray) and not len(value)):
                continue
            if isinstance(name, int):
                found.append(self._reference(name, Slot(name="", kind=""), value))
                continue
            if name not in self._slots[table.kind]:
                raise InternalError(f"a {table.kind} has no field {name!r}")
            number, slot = self._slots[table.kind][name]
            entry = self._entry(number, slot, value)
            if entry is not None:
                found.append(entry)
        return found

    def _entry(self, number: int, slot: Slot, value: Any) -> _Entry | None:
        if slot.vector or slot.kind == "string" or slot.kind in self._schema.tables:
            return self._reference(number, slot, value)
        if isinstance(value, Blob):
            return _Entry(number, "<Q", blob=value)
        stored = value
        kind = slot.kind
        if kind in self._numbers:
            stored, kind = self._member(slot, value), self._schema.enums[kind][0]
        return None if stored == slot.default else _Entry(number, CODES[kind], stored)

    def _member(self, slot: Slot, value: str) -> int:
        number = self._numbers[slot.kind].get(value)
        if number is None:
            raise InternalError(f"{value!r} is no {slot.kind}")
        return number

    def _reference(self, number: int, slot: Slot, value: Any) -> _Entry:
        if isinstance(value, Blob):
            return _Entry(number, "<I", blob=value)
        return _Entry(number, "<I", target=lambda: self._object(slot, value))

    def _object(self, slot: Slot, value: Any) -> int:
        if isinstance(value, FlatTable):
            return self._table(value)
        if isinstance(value, str):
            return self._string(value)
        if slot.kind in NUMBERS:
            return self._array(np.asarray(value, dtype=NUMBERS[slot.kind]))
        return self._tables(value)

    def _string(self, text: str) -> int:
        raw = text.encode("utf-8")
        start = self._align(4)
        self._data += struct.pack("<I", len(raw)) + raw + b"\0"
        return start

    def _array(self, array: np.ndarray) -> int:
        start = self._align(max(4, array.dtype.itemsize), ahead=4)
        self._data += struct.pack("<I", array.size) + array.tobytes()
        return start

    def _tables(self, items: Sequence[FlatTable]) -> int:
        start = self._align(4)
        self._data += struct.pack("<I", len(items)) + bytes(4 * len(items))
        for index, item in enumerate(items):
            self._refer(start + 4 + 4 * index, self._table(item))
        return start
