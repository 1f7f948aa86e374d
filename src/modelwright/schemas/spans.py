"""Spans: bytes that stay in a memory-mapped file and are named by a short marker inside a message.

A marker is ``MAGIC`` (16 bytes) followed by three little-endian unsigned numbers: buffer index (4 bytes), offset (8)
and length (8). A message that holds markers instead of weights is small, can be edited freely, and still leads to
every byte through the ``SpanStore`` it was read with.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Final

from modelwright.errors import InternalError, ModelFormatError, ModelNotFoundError

MAGIC: Final = b"\x00modelwright-sp\xff"
_LAYOUT: Final = struct.Struct("<16sIQQ")
MARKER_SIZE: Final = _LAYOUT.size
DEFAULT_THRESHOLD: Final = 4096


class FileMap(mmap.mmap):
    """A whole file mapped, that remembers which file it is.

    Attributes:
        path: Where the file was when it was mapped.
        identity: Numbers of its device and its inode.
    """

    path: Path
    identity: tuple[int, int]


def map_file(path: Path) -> memoryview:
    """A read-only view of a whole file, backed by the page cache.

    Raises:
        ModelNotFoundError: There is no such file, or it cannot be read.
        ModelFormatError: The file is empty.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise ModelFormatError(f"{path}: the file is empty", hint="copy or export the model again")
            mapped = FileMap(file.fileno(), 0, access=mmap.ACCESS_READ)
            found = os.fstat(file.fileno())
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelNotFoundError(f"{path}: cannot be read ({reason})", hint="check the path and permissions") from error
    mapped.path, mapped.identity = path, (found.st_dev, found.st_ino)
    return memoryview(mapped)


class SpanStore:
    """The buffers that markers point into; holding the store keeps the files mapped."""

    __slots__ = ("_buffers", "_names")

    def __init__(self) -> None:
        self._buffers: list[memoryview] = []
        self._names: list[str] = []

    def add(self, buffer: memoryview | bytes, name: str) -> int:
        """Registers a buffer under the name used in messages and returns its index."""
        self._buffers.append(memoryview(buffer).cast("B"))
        self._names.append(name)
        return len(self._buffers) - 1

    def add_file(self, path: Path) -> int:
        """Maps a file and returns its index; see ``map_file`` for the errors."""
        return self.add(map_file(path), str(path))

    def buffer(self, index: int) -> memoryview:
        """The whole buffer of that index."""
        return self._buffers[index]

    def name(self, index: int) -> str:
        """The name the buffer was registered under."""
        return self._names[index]

    def marker(self, index: int, offset: int, length: int) -> bytes:
        """The marker for ``length`` bytes at ``offset`` of buffer ``index``."""
        if offset < 0 or length < 0 or offset + length > len(self._buffers[index]):
            raise InternalError(f"{self._names[index]}: a span reaches beyond the buffer")
        return _LAYOUT.pack(MAGIC, index, offset, length)

    def resolve(self, data: bytes) -> memoryview:
        """The bytes a field stands for: those of the span if it is a marker (zero copy), else the field's own.

        Raises:
            ModelFormatError: The marker does not belong to this store; a file imitated one.
        """
        if not is_marker(data):
            return memoryview(data)
        _, index, offset, length = _LAYOUT.unpack(data)
        if index >= len(self._buffers) or offset + length > len(self._buffers[index]):
            raise ModelFormatError(
                "a tensor's bytes imitate a marker of modelwright", hint="the file is not to be trusted"
            )
        return self._buffers[index][offset : offset + length]

    def place(self, data: bytes) -> tuple[int, int]:
        """Offset and length, within its buffer, of what a marker stands for."""
        _, _, offset, length = _LAYOUT.unpack(data)
        return offset, length

    def length(self, data: bytes) -> int:
        """How many bytes a field stands for, without touching them."""
        return _LAYOUT.unpack(data)[3] if is_marker(data) else len(data)


def is_marker(data: bytes) -> bool:
    """Whether a bytes field is a marker instead of content."""
    return len(data) == MARKER_SIZE and data.startswith(MAGIC)
