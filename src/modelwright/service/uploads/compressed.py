"""Reading archives from strangers without trusting the sizes that they state.

Readers of archives take some parts into memory at once, as large as the archive says: lists of files, extended headers.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from typing import BinaryIO, Final, cast

_MOST_AT_ONCE: Final = 4 << 20
"""Bytes: a list of ten thousand files with names of 300 characters has less."""
_BLOCK: Final = 512
_DAMAGED: Final = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.HeaderError)


class Bounded:
    """A file that gives only so much at once.

    Attributes:
        last: What was read last.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.last = b""
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Reads bytes.

        Raises:
            ValueError: They are more than an archive asks for that is as it should be, or damaged.
        """
        if size > _MOST_AT_ONCE:
            raise ValueError(f"a part of it is said to have {size} bytes")
        try:
            self.last = self._stream.read(size if size >= 0 else _MOST_AT_ONCE + 1)
        except OSError as error:
            if error.errno is None:  # what gzip and bz2 raise for damaged data
                raise ValueError(str(error)) from None
            raise
        if len(self.last) > _MOST_AT_ONCE:
            raise ValueError(f"a part of it has over {_MOST_AT_ONCE} bytes")
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """It is."""
        return True


def decompressed(stream: BinaryIO) -> Bounded:
    """What a file holds, decompressed if it is compressed (gzip, bzip2, xz)."""
    stream.seek(0)
    head = stream.read(6)
    stream.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return Bounded(cast("BinaryIO", gzip.GzipFile(fileobj=stream)))
    if head.startswith(b"BZh"):
        return Bounded(cast("BinaryIO", bz2.BZ2File(stream)))
    if head.startswith(b"\xfd7zXZ\0"):
        return Bounded(cast("BinaryIO", lzma.LZMAFile(stream)))
    return Bounded(stream)


def is_tar(stream: BinaryIO) -> bool:
    """Whether a file is a tar archive, compressed or not: its first block is a header with the right checksum."""
    try:
        tarfile.TarInfo.frombuf(decompressed(stream).read(_BLOCK), tarfile.ENCODING, "surrogateescape")
    except _DAMAGED:
        return False
    return True
