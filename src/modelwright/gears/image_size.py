"""Height and width of an image from the first bytes of its file, nothing decoded: PNG, JPEG, BMP, GIF, WebP."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from modelwright.errors import ModelFormatError, ModelNotFoundError

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
"""Endings of the files that are taken for images."""

_Size = tuple[int, int]
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of frames; the others of that range are tables."""


def image_size(path: Path) -> _Size:
    """Height and width as they are stored; an orientation that a camera noted is not looked at.

    Args:
        path: The image.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is of another format, or damaged.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(32)
            found = next((read(head, stream) for mark, read in _READERS if head.startswith(mark)), None)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
    except (struct.error, IndexError) as error:
        raise ModelFormatError(f"{path} is a damaged image", hint="leave it out of the data") from error
    if found is None or 0 in found:
        raise ModelFormatError(f"{path} is no image whose size is known here", hint="PNG, JPEG, BMP, GIF and WebP are")
    return found


def _png(head: bytes, stream: BinaryIO) -> _Size:
    del stream
    width, height = struct.unpack_from(">II", head, 16)
    return height, width


def _gif(head: bytes, stream: BinaryIO) -> _Size:
    del stream
    width, height = struct.unpack_from("<HH", head, 6)
    return height, width


def _bmp(head: bytes, stream: BinaryIO) -> _Size:
    """A height below zero says that the rows stand top down."""
    del stream
    width, height = struct.unpack_from("<ii", head, 18)
    return abs(height), width


def _jpeg(head: bytes, stream: BinaryIO) -> _Size | None:
    """Goes from segment to segment to the first frame."""
    del head
    stream.seek(2)
    while True:
        mark = stream.read(2)
        while mark[1] == 0xFF:
            mark = mark[1:] + stream.read(1)
        (length,) = struct.unpack(">H", stream.read(2))
        if mark[1] in _FRAMES:
            height, width = struct.unpack(">xHH", stream.read(5))
            return height, width
        if mark[0] != 0xFF or mark[1] == 0xDA:
            return None
        stream.seek(length - 2, 1)


def _webp(head: bytes, stream: BinaryIO) -> _Size | None:
    if head[8:12] != b"WEBP":
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[place : place + 3], "little") + 1 for place in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", head, 26))
    else:
        return None
    del stream
    return height, width


_READERS: Final[tuple[tuple[bytes, Callable[[bytes, BinaryIO], _Size | None]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8", _jpeg),
    (b"BM", _bmp),
    (b"GIF8", _gif),
    (b"RIFF", _webp),
)
