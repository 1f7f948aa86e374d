"""Reads FlatBuffers in place: tables, vectors and strings at offsets that are checked before they are followed.

The layout is that of the FlatBuffers internals documentation: a file starts with the offset of its root table; a table
starts with the distance back to its vtable, which gives for each field slot the field's offset in the table, 0 for a
field left out; vectors and strings start with their length. All numbers are little-endian.

What a table's slots mean is data (``TableSchema``), written as text: ``name:kind=default``, separated by blanks. A kind
is a number (``int32``), an enumeration, ``string``, another table, or one of these in brackets for a vector; ``-`` is a
slot that is not read.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelwright.errors import InternalError, ModelFormatError, ModelNotFoundError

NUMBERS: Mapping[str, np.dtype[Any]] = {
    name: np.dtype(name).newbyteorder("<")
    for name in "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split()
}
"""Kinds that are numbers of a fixed width."""

CODES = {
    "bool": "<?", "int8": "<b", "uint8": "<B", "int16": "<h", "uint16": "<H", "int32": "<i", "uint32": "<I",
    "int64": "<q", "uint64": "<Q", "float32": "<f", "float64": "<d",
}  # fmt: skip
"""Number kinds as ``struct`` spells them."""

_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One field of a table.

    Attributes:
        name: What it is called.
        kind: The kind, without brackets.
        vector: Whether it is a vector of that kind.
        default: What a number is when it is left out.
    """

    name: str
    kind: str
    vector: bool = False
    default: float = 0


TableSchema = tuple[Slot | None, ...]
"""The fields of a table by slot number; None for a slot that is not read."""


def parse_slots(text: str) -> TableSchema:
    """A table's fields from their text form.

    Raises:
        InternalError: A part of the text is not of the form ``name:kind=default``.
    """
    return tuple(None if part == "-" else _parse_slot(part) for part in text.split())


def _parse_slot(part: str) -> Slot:
    name, _, rest = part.partition(":")
    kind, _, default = rest.partition("=")
    if not kind:
        raise InternalError(f"{part!r} is no field of a FlatBuffers table")
    vector = kind.startswith("[")
    return Slot(name=name, kind=kind.strip("[]"), vector=vector, default=float(default) if default else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables and enumerations of a format.

    Attributes:
        tables: Table name to fields.
        enums: Enumeration name to the kind of number it is stored as, and its values by number.
    """

    tables: Mapping[str, TableSchema]
    enums: Mapping[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict[str, "tuple[str, tuple[Any, ...]]"])


class FlatFile:
    """A file of FlatBuffers, mapped into memory."""

    def __init__(self, data: memoryview, name: str, schema: Schema) -> None:
        """Takes the bytes.

        Args:
            data: All bytes of the file.
            name: The file's name, for messages.
            schema: What its tables mean.
        """
        self.data = data
        self.name = name
        self.schema = schema

    @classmethod
    def open(cls, path: Path, schema: Schema) -> FlatFile:
        """Maps a file.

        Raises:
            ModelNotFoundError: It does not exist.
            ModelFormatError: It is empty or a folder.
        """
        if not path.exists():
            raise ModelNotFoundError(f"{path}: no such file")
        if not path.is_file() or path.stat().st_size == 0:
            raise ModelFormatError(f"{path}: not a file, or an empty one")
        with path.open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return cls(memoryview(mapped), str(path), schema)

    def root(self, table: str) -> Table:
        """The root table, taken to be of the kind given."""
        return Table(self, self.offset(0), table)

    def fail(self, position: int, what: str) -> ModelFormatError:
        """An error about the byte at ``position``, to raise."""
        return ModelFormatError(
            f"{self.name}: damaged at byte {position}: {what}", hint="the file is truncated or corrupt: get it again"
        )

    def number(self, position: int, kind: str) -> Any:
        """The number at a position.

        Raises:
            ModelFormatError: It lies outside the file.
        """
        code = CODES[kind]
        if not 0 <= position <= len(self.data) - struct.calcsize(code):
            raise self.fail(position, f"a number outside the file of {len(self.data)} bytes")
        return struct.unpack_from(code, self.data, position)[0]

    def offset(self, position: int) -> int:
        """The position that the forward offset at ``position`` leads to."""
        target = position + self.number(position, "uint32")
        if target == position or target > len(self.data) - 4:
            raise self.fail(position, f"an offset to byte {target}, which is not in the file")
        return target

    def bytes(self, position: int, count: int) -> memoryview:
        """A view of ``count`` bytes.

        Raises:
            ModelFormatError: Some lie outside the file.
        """
        if position < 0 or count < 0 or position + count > len(self.data):
            raise self.fail(position, f"{count} bytes, but the file ends at {len(self.data)}")
        return self.data[position : position + count]

    def array(self, position: int, kind: str) -> np.ndarray:
        """The vector of numbers at ``position`` as a 1-D array that shares the file's memory."""
        dtype = NUMBERS[kind]
        count = self.number(position, "uint32")
        return np.frombuffer(self.bytes(position + 4, count * dtype.itemsize), dtype=dtype)

    def string(self, position: int) -> str:
        """The string at ``position``; bytes that are not UTF-8 are shown escaped."""
        raw = bytes(self.bytes(position + 4, self.number(position, "uint32")))
        return raw.decode("utf-8", errors="backslashreplace")

    def positions(self, position: int) -> Iterator[int]:
        """Where the elements of a vector of tables or strings are."""
        count = self.number(position, "uint32")
        self.bytes(position + 4, 4 * count)
        return (self.offset(position + 4 + 4 * index) for index in range(count))


class Table:
    """A table of a file: fields by name, decoded when asked for."""

    def __init__(self, file: FlatFile, position: int, kind: str) -> None:
        """Finds the vtable.

        Args:
            file: The file.
            position: Where the table starts.
            kind: The table's name in the schema.

        Raises:
            ModelFormatError: The vtable is outside the file or of an impossible size.
        """
        self.file = file
        self.position = position
        self.kind = kind
        self._vtable = position - file.number(position, "int32")
        self._size = file.number(self._vtable, "uint16")
        if self._size < 4 or self._size % 2 or self._vtable + self._size > len(file.data):
            raise file.fail(self._vtable, f"a table of fields of {self._size} bytes")

    def place(self, number: int) -> int | None:
        """Where the field of a slot is, or None when it was left out."""
        entry = 4 + 2 * number
        if entry + 2 > self._size:
            return None
        distance = self.file.number(self._vtable + entry, "uint16")
        return self.position + distance if distance else None

    def read(self, depth: int = 0) -> dict[str, Any]:
        """All fields by name: numbers, texts, arrays that share the file's memory, and dicts for tables.

        Tables and strings left out are None, vectors left out are empty.

        Raises:
            ModelFormatError: An offset leads outside the file, or tables are nested without end.
        """
        if depth > _MAX_DEPTH:
            raise self.file.fail(self.position, "tables nested without end")
        slots = self.file.schema.tables[self.kind]
        return {slot.name: self._field(index, slot, depth) for index, slot in enumerate(slots) if slot is not None}

    def table(self, number: int, kind: str) -> Table | None:
        """The table in a slot whose kind another field says (a union), or None when it was left out."""
        place = self.place(number)
        return None if place is None else Table(self.file, self.file.offset(place), kind)

    def tables(self, number: int, kind: str) -> list[Table]:
        """The tables of the vector in a slot; none when it was left out."""
        place = self.place(number)
        if place is None:
            return []
        return [Table(self.file, item, kind) for item in self.file.positions(self.file.offset(place))]

    def _field(self, number: int, slot: Slot, depth: int) -> Any:
        place = self.place(number)
        if slot.vector:
            return self._vector(place, slot.kind, depth)
        if slot.kind in self.file.schema.tables:
            return None if place is None else Table(self.file, self.file.offset(place), slot.kind).read(depth + 1)
        if slot.kind == "string":
            return None if place is None else self.file.string(self.file.offset(place))
        return self._number(place, slot)

    def _number(self, place: int | None, slot: Slot) -> Any:
        stored, values = self.file.schema.enums.get(slot.kind, (slot.kind, None))
        found = _typed(slot.default, stored) if place is None else self.file.number(place, stored)
        if values is None:
            return found
        if not 0 <= found < len(values):
            raise ModelFormatError(
                f"{self.file.name}: {slot.name} of {self.kind} at byte {place} is {found}, which no {slot.kind} is",
                hint="the file is corrupt, or made by a newer version of its format",
            )
        return values[int(found)]

    def _vector(self, place: int | None, kind: str, depth: int) -> Any:
        if kind in NUMBERS:
            return np.zeros(0, NUMBERS[kind]) if place is None else self.file.array(self.file.offset(place), kind)
        if place is None:
            return []
        positions = self.file.positions(self.file.offset(place))
        if kind == "string":
            return [self.file.string(position) for position in positions]
        return [Table(self.file, position, kind).read(depth + 1) for position in positions]


def _typed(number: float, kind: str) -> float | bool:
    """A default as a number of its kind."""
    if kind == "bool":
        return bool(number)
    return number if kind.startswith("float") else int(number)
