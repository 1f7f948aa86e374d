"""Unpacking archives from strangers: names that stay inside, files only, and no more bytes than allowed."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from modelwright.service.errors import InvalidRequestError, TooLargeError
from modelwright.service.uploads.names import safe_name
from modelwright.templates.folder import MOST_FILES

_PIECE: Final = 1 << 20
_MOST_RATIO: Final = 200
_FREE: Final = 64 << 20
"""Bytes from which on the ratio counts."""
_REGULAR: Final = (0, 0o100000)
"""Kinds of file in a zip's Unix mode that are plain files."""


def is_archive(path: Path) -> bool:
    """Whether a file is an archive that can be unpacked, by its content."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


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
        for name, source in _entries(archive):
            limit.file()
            target = folder / safe_name(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with source as stream, target.open("xb") as written:
                while piece := stream.read(_PIECE):
                    limit.bytes(len(piece))
                    written.write(piece)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InvalidRequestError(f"{archive.name} cannot be unpacked: {error}", hint="make the archive anew") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        message = f"{archive.name} holds {Path(error.filename).name!r} twice, or as file and folder"
        raise InvalidRequestError(message, hint="make the archive anew") from None


class _Budget:
    """How much may still come."""

    def __init__(self, most_bytes: int, packed: int) -> None:
        self._left = most_bytes
        self._most = max(_FREE, packed * _MOST_RATIO)
        self._files = MOST_FILES

    def file(self) -> None:
        """Counts a file."""
        self._files -= 1
        if self._files < 0:
            raise TooLargeError(f"the archive holds over {MOST_FILES} files", hint="upload one model")

    def bytes(self, count: int) -> None:
        """Counts bytes."""
        self._left -= count
        self._most -= count
        if self._left < 0 or self._most < 0:
            raise TooLargeError("the archive unpacks to more than an upload may have", hint="upload the files as such")


def _entries(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    return _zip_entries(archive) if zipfile.is_zipfile(archive) else _tar_entries(archive)


def _zip_entries(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for item in opened.infolist():
            if (item.external_attr >> 16) & 0o170000 not in (*_REGULAR, 0o040000):
                raise InvalidRequestError(f"{item.filename[:200]!r} is a link or device", hint="pack files only")
            if item.flag_bits & 1:
                raise InvalidRequestError(f"{archive.name} is encrypted", hint="pack it without a password")
            if not item.is_dir():
                yield item.filename, opened.open(item)


def _tar_entries(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive) as opened:
        for item in opened:
            if item.isdir():
                continue
            source = opened.extractfile(item) if item.isreg() else None
            if source is None:
                raise InvalidRequestError(f"{item.name[:200]!r} is a link or device", hint="pack files only")
            yield item.name, source
