"""Unpacking archives from strangers: names that stay inside, files only, and no more bytes than allowed."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from modelwright.service.errors import InvalidRequestError, TooLargeError
from modelwright.service.uploads.compressed import Bounded, decompressed, is_tar
from modelwright.service.uploads.names import safe_name
from modelwright.templates.folder import MOST_FILES

_SUFFIXES: Final = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
_PIECE: Final = 1 << 20
_MOST_RATIO: Final = 200
_FREE: Final = 64 << 20
"""Bytes from which on the ratio counts."""
_REGULAR: Final = (0, 0o100000)
"""Kinds of file in a zip's Unix mode that are plain files."""
_DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by its content or, if it is damaged, by its name."""
    if path.name.lower().endswith(_SUFFIXES):
        return True
    with path.open("rb") as stream:
        return zipfile.is_zipfile(stream) or is_tar(stream)


def unpack(archive: Path, folder: Path, *, most_bytes: int) -> None:
    """Unpacks a zip or tar archive into a folder.

    Args:
        archive: The archive.
        folder: Where its files go; made.
        most_bytes: Bytes that all of its files together may have.

    Raises:
        InvalidRequestError: It is damaged, or holds a name that leads outside, a link, a device, or a file twice.
        TooLargeError: It holds too many files or bytes, or unpacks to suspiciously more than it is.
    """
    limit = _Budget(most_bytes, archive.stat().st_size)
    folder.mkdir(parents=True)
    try:
        with archive.open("rb") as opened:
            for name, source in _entries(archive, opened, limit):
                _write(source, folder / safe_name(name), limit)
    except _DAMAGED as error:
        raise InvalidRequestError(f"{archive.name} cannot be unpacked: {error}", hint="make the archive anew") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        message = f"{archive.name} holds {Path(error.filename).name!r} twice, or as file and folder"
        raise InvalidRequestError(message, hint="make the archive anew") from None


def _entries(archive: Path, stream: BinaryIO, limit: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    if zipfile.is_zipfile(stream):
        return _zip_entries(archive, Bounded(stream), limit)
    return _tar_entries(decompressed(stream), limit)


def _write(source: IO[bytes], target: Path, limit: _Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source as stream, target.open("xb") as written:
        while piece := stream.read(_PIECE):
            limit.bytes(len(piece))
            written.write(piece)


class _Budget:
    """How much may still come."""

    def __init__(self, most_bytes: int, packed: int) -> None:
        self._left = most_bytes
        self._most = max(_FREE, packed * _MOST_RATIO)
        self._files = MOST_FILES

    def files(self, count: int) -> None:
        """Counts files."""
        self._files -= count
        if self._files < 0:
            raise TooLargeError(f"the archive holds over {MOST_FILES} files", hint="upload one model")

    def bytes(self, count: int) -> None:
        """Counts bytes."""
        self._left -= count
        self._most -= count
        if self._left < 0 or self._most < 0:
            raise TooLargeError("the archive unpacks to more than an upload may have", hint="upload the files as such")


def _zip_entries(archive: Path, stream: Bounded, limit: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(cast("BinaryIO", stream)) as opened:
        items = opened.infolist()
        if not all(item.filename for item in items):
            raise InvalidRequestError(f"{archive.name} holds a file without a name", hint="pack it again")
        limit.files(sum(not item.is_dir() for item in items))
        for item in items:
            if (item.external_attr >> 16) & 0o170000 not in (*_REGULAR, 0o040000):
                raise InvalidRequestError(f"{item.filename[:200]!r} is a link or device", hint="pack files only")
            if item.flag_bits & 1:
                raise InvalidRequestError(f"{archive.name} is encrypted", hint="pack it without a password")
            if not item.is_dir() and not _left_by_macos(item.filename):
                yield item.orig_filename, opened.open(item)


def _tar_entries(stream: Bounded, limit: _Budget) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:") as opened:
        for item in opened:
            limit.files(1)
            if item.isdir() or _left_by_macos(item.name):
                continue
            source = opened.extractfile(item) if item.isreg() else None
            if source is None:
                raise InvalidRequestError(f"{item.name[:200]!r} is a link or device", hint="pack files only")
            yield item.name, source
    if stream.last.strip(b"\0"):  # tarfile takes what is no header for the end
        raise ValueError("it is damaged")
    while piece := stream.read(_PIECE):  # to its end: only there is what gzip and xz check it by
        limit.bytes(len(piece))


def _left_by_macos(name: str) -> bool:
    """Whether it is what Finder adds to every archive; no part of a model is named so."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1] == ".DS_Store"
