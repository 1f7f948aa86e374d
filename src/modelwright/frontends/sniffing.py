"""A look at the first fields of a protobuf file, enough to tell which message it holds without parsing it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf's encoding guide."""

_FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
_FAR = 1 << 48


def leading_fields(path: Path, limit: int = 24) -> tuple[tuple[int, int], ...]:
    """Number and wire type of the first top-level fields, as far as the file is well formed.

    Args:
        path: A file; anything but protobuf gives few fields or odd ones.
        limit: How many fields to look at.
    """
    found: list[tuple[int, int]] = []
    size = path.stat().st_size
    with path.open("rb") as stream:
        while len(found) < limit and stream.tell() < size:
            key = _varint(stream)
            if key is None or key >> 3 == 0 or not _skip(stream, key & 7):
                break
            found.append((key >> 3, key & 7))
    return tuple(found)


def _skip(stream: BinaryIO, wire_type: int) -> bool:
    """Moves past one value; a length may lead beyond the end of a truncated file."""
    if wire_type in _FIXED_SIZES:
        stream.seek(_FIXED_SIZES[wire_type], 1)
        return True
    if wire_type not in (VARINT, BYTES):
        return False
    value = _varint(stream)
    if value is None:
        return False
    if wire_type == BYTES:
        stream.seek(min(value, _FAR), 1)
    return True


def _varint(stream: BinaryIO) -> int | None:
    value = 0
    for shift in range(0, 64, 7):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
