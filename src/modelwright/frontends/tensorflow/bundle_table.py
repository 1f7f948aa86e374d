"""The sorted table that a checkpoint's ``.index`` file is.

Format (LevelDB's table): blocks of key-value entries, each block followed by one byte of compression type and four of
a masked CRC-32C; an index block whose values are (offset, size) handles of the data blocks; a footer of 48 bytes with
the handles of the metaindex and index blocks and the magic number. Inside a block an entry is ``shared``,
``non_shared`` and ``value_length`` as varints, then the key's tail and the value; keys share prefixes with the entry
before. The block ends with its restart offsets (four bytes each) and their count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from modelwright.errors import ModelFormatError
from modelwright.schemas.spans import map_file
from modelwright.schemas.wire import decode_varint

_MAGIC: Final = 0xDB4775248B80FB57
_FOOTER: Final = 48
_TRAILER: Final = 5
_NONE, _SNAPPY = 0, 1
_MASK_DELTA: Final = 0xA282EAD8
_CRC_LIMIT: Final = 1 << 20
_POLYNOMIAL: Final = 0x82F63B78
_MAX_BLOCK: Final = 1 << 30


@cache
def _crc_table() -> tuple[int, ...]:
    table: list[int] = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


def masked_crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli, reflected) of ``data``, rotated by 15 bits and offset, as LevelDB stores it."""
    table = _crc_table()
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def snappy_decompress(data: bytes) -> bytes:
    """Decompresses one raw Snappy block (format: a varint length, then literals and back references).

    Raises:
        ValueError: The block is damaged.
        IndexError: It is truncated.
    """
    length, position = decode_varint(data, 0)
    if length > _MAX_BLOCK:
        raise ValueError("a compressed block claims to be larger than 1 GiB")
    out = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        kind = tag & 3
        if kind == 0:
            size = tag >> 2
            if size >= 60:
                extra = size - 59
                size = int.from_bytes(data[position : position + extra], "little")
                position += extra
            out += data[position : position + size + 1]
            position += size + 1
            continue
        extra = (0, 1, 2, 4)[kind]
        offset = int.from_bytes(data[position : position + extra], "little")
        position += extra
        size = (tag >> 2) + 1
        if kind == 1:
            size, offset = (tag >> 2 & 7) + 4, offset | tag >> 5 << 8
        if not 0 < offset <= len(out) or len(out) + size > length:
            raise ValueError("a back reference leads outside the block")
        start = len(out) - offset
        out += (bytes(out[start:]) * (size // offset + 1))[:size]
    if len(out) != length:
        raise ValueError("a compressed block has the wrong length")
    return bytes(out)


class _Table:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = bytes(map_file(path))

    def fail(self, reason: str) -> ModelFormatError:
        hint = "the file is truncated or not a checkpoint index of format V2; copy the checkpoint again"
        return ModelFormatError(f"{self._path}: {reason}", hint=hint)

    def index_handle(self) -> tuple[int, int]:
        footer = self._data[-_FOOTER:]
        if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
            raise self.fail("no table footer at the end")
        _, position = decode_varint(footer, 0)
        _, position = decode_varint(footer, position)
        offset, position = decode_varint(footer, position)
        return offset, decode_varint(footer, position)[0]

    def block(self, offset: int, size: int) -> bytes:
        end = offset + size
        if end + _TRAILER > len(self._data):
            raise self.fail(f"a block at byte {offset} reaches beyond the end")
        if len(self._data) <= _CRC_LIMIT:
            stored = struct.unpack("<I", self._data[end + 1 : end + _TRAILER])[0]
            if masked_crc32c(self._data[offset : end + 1]) != stored:
                raise self.fail(f"the checksum of the block at byte {offset} is wrong")
        kind = self._data[end]
        if kind == _SNAPPY:
            return snappy_decompress(self._data[offset:end])
        if kind != _NONE:
            raise self.fail(f"compression type {kind} of the block at byte {offset} is unknown")
        return self._data[offset:end]

    def entries(self, block: bytes) -> Iterator[tuple[bytes, bytes]]:
        restarts = struct.unpack("<I", block[-4:])[0]
        end = len(block) - 4 * (restarts + 1)
        position, key = 0, b""
        while position < end:
            shared, position = decode_varint(block, position)
            tail, position = decode_varint(block, position)
            length, position = decode_varint(block, position)
            if shared > len(key) or position + tail + length > end:
                raise self.fail("an entry reaches beyond its block")
            key = key[:shared] + block[position : position + tail]
            position += tail
            yield key, block[position : position + length]
            position += length


def read_table(path: Path) -> dict[bytes, bytes]:
    """All entries of a table file, in the order of their keys.

    Checksums are verified for files up to 1 MiB, where that costs milliseconds.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is not a table, or damaged.
    """
    table = _Table(path)
    try:
        found: dict[bytes, bytes] = {}
        for _, handle in table.entries(table.block(*table.index_handle())):
            offset, position = decode_varint(handle, 0)
            found.update(table.entries(table.block(offset, decode_varint(handle, position)[0])))
    except (IndexError, ValueError, struct.error) as error:
        raise table.fail(f"damaged block: {error}") from error
    return found
