"""Where files of uploads grow: in a local folder, or as pieces in object storage that all servers see."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from modelwright.service.errors import BusyError, InvalidRequestError, ServiceError, StateError
from modelwright.service.storage.object_place import ObjectPlace
from modelwright.service.uploads.growing import Growing

_DIGITS: Final = 16
"""Digits of a piece's offset in its name, so that names sort as offsets do."""
_MOST_PIECES: Final = 100_000
_LONGEST_NAME: Final = 700
"""Bytes of a file's name: keys of objects have at most 1024."""


class Intake(Protocol):
    """Where files of uploads grow."""

    def begin(self, upload: str) -> None:
        """Makes room for an upload."""
        ...

    def sizes(self, upload: str) -> dict[str, int]:
        """The sizes of an upload's files so far, by name."""
        ...

    def appending(
        self, upload: str, name: str, offset: int, room: int, check: Callable[[], None]
    ) -> AbstractContextManager[Growing]:
        """A file, to which bytes are added from ``offset`` on, which must be its size.

        Args:
            upload: The upload.
            name: The file's name in it.
            offset: Where the bytes go.
            room: Bytes that may be added.
            check: Raises when the upload takes nothing any more; asked when no completion can begin unnoticed: after
                the upload is locked, or after the bytes are where a completion finds them.

        Raises:
            InvalidRequestError: The name is not taken.
            StateError: The file has another size.
            BusyError: Somebody else adds to it.
        """
        ...

    def gathered(self, upload: str) -> AbstractContextManager[Path]:
        """A local folder with the upload's files, on the disk of local stores.

        Raises:
            BusyError: A file still grows.
        """
        ...

    def drop(self, upload: str) -> None:
        """Takes an upload's files away."""
        ...


class LocalIntake:
    """Files that grow in a local folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, upload: str) -> None:
        """Makes the folder."""
        (self._folder / upload).mkdir(parents=True)

    def sizes(self, upload: str) -> dict[str, int]:
        """The sizes of its files."""
        folder = self._folder / upload
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}

    @contextmanager
    def appending(
        self, upload: str, name: str, offset: int, room: int, check: Callable[[], None]
    ) -> Generator[Growing]:
        """The file itself, locked."""
        with self._locked(upload, fcntl.LOCK_SH, "the upload is being completed"):
            check()
            with self._open(upload, name) as stream:
                _lock(stream, fcntl.LOCK_EX, f"another request adds to {name}")
                check_offset(name, stream.seek(0, os.SEEK_END), offset)
                yield Growing(stream, room)

    def _open(self, upload: str, name: str) -> BinaryIO:
        path = self._folder / upload / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("ab")
        except OSError as error:
            message = f"{name[:200]!r} cannot be a file beside the others: {error.strerror}"
            raise InvalidRequestError(message, hint="rename it") from None

    @contextmanager
    def _locked(self, upload: str, how: int, message: str) -> Generator[None]:
        """An upload's lock: shared by those who add, not by who completes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock_file(upload).open("ab") as stream:
            _lock(stream, how, message)
            yield

    def _lock_file(self, upload: str) -> Path:
        return self._folder / f"{upload}.lock"

    @contextmanager
    def gathered(self, upload: str) -> Generator[Path]:
        """The folder itself."""
        with self._locked(upload, fcntl.LOCK_EX, "a file of the upload still grows"):
            yield self._folder / upload

    def drop(self, upload: str) -> None:
        """Takes the folder away."""
        shutil.rmtree(self._folder / upload, ignore_errors=True)
        self._lock_file(upload).unlink(missing_ok=True)


class ObjectIntake:
    """Files as pieces: what one request brings is an object, named by its offset in the file and its size.

    Args:
        place: Where the pieces go.
        scratch: Local folder for what is on its way.
    """

    def __init__(self, place: ObjectPlace, scratch: Path) -> None:
        self._place = place
        self._scratch = scratch

    def begin(self, upload: str) -> None:
        """Nothing is needed."""

    def sizes(self, upload: str) -> dict[str, int]:
        """The sizes of files as far as their pieces join."""
        return {name: _end(pieces) for name, pieces in self._pieces(upload).items()}

    def _pieces(self, upload: str) -> dict[str, list[tuple[int, int]]]:
        """Offsets and sizes of the pieces that join, by file."""
        found: dict[str, list[tuple[int, int]]] = {}
        for path in self._folder(upload).names(_MOST_PIECES):
            name, _, place = path.rpartition("/")
            offset, _, size = place.partition("-")
            found.setdefault(name, []).append((int(offset), int(size)))
        return {name: _joined(pieces) for name, pieces in found.items()}

    @contextmanager
    def appending(
        self, upload: str, name: str, offset: int, room: int, check: Callable[[], None]
    ) -> Generator[Growing]:
        """A local file, which becomes a piece when the request ends, however it ends."""
        if len(name.encode()) > _LONGEST_NAME:
            raise InvalidRequestError(f"{name[:200]!r} is too long a name", hint="rename it")
        check_offset(name, self.sizes(upload).get(name, 0), offset)
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._scratch, suffix=".piece") as stream:
            growing = Growing(stream, room, before=offset)
            yield growing
            size = growing.size - offset
            check_offset(name, self.sizes(upload).get(name, 0), offset)
            if size or not offset:
                self._put(upload, f"{name}/{offset:0{_DIGITS}d}-{size}", Path(stream.name), check)

    def _put(self, upload: str, name: str, path: Path, check: Callable[[], None]) -> None:
        """Puts a piece there; away again if the upload took nothing any more."""
        self._folder(upload).put(name, path)
        try:
            check()
        except ServiceError:
            self._folder(upload).drop(name)
            raise

    @contextmanager
    def gathered(self, upload: str) -> Generator[Path]:
        """The files put together in a temporary folder."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            for name, pieces in self._pieces(upload).items():
                target = Path(folder, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    for offset, size in pieces:
                        stream.writelines(self._folder(upload).pieces(f"{name}/{offset:0{_DIGITS}d}-{size}", 0, size))
            yield Path(folder)

    def drop(self, upload: str) -> None:
        """Takes the pieces away."""
        folder = self._folder(upload)
        for name in folder.names(_MOST_PIECES):
            folder.drop(name)

    def _folder(self, upload: str) -> ObjectPlace:
        return replace(self._place, url=f"{self._place.url}/{upload}")


def _joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pieces that follow each other from the beginning; of two with the same offset the one that others follow."""
    offsets = {offset for offset, _ in pieces}
    found: list[tuple[int, int]] = []
    while choices := [piece for piece in pieces if piece[0] == _end(found) and piece not in found]:
        found.append(max(choices, key=lambda piece: (sum(piece) in offsets and piece[1] > 0, piece[1])))
        if not found[-1][1]:
            break
    return found


def _end(pieces: list[tuple[int, int]]) -> int:
    return sum(pieces[-1]) if pieces else 0


def check_offset(name: str, size: int, offset: int) -> None:
    """Lets through who goes on where a file ends.

    Raises:
        StateError: It has another size.
    """
    if size != offset:
        raise StateError(f"{name} has {size} bytes so far, not {offset}", hint=f"go on from {size}")


def _lock(stream: BinaryIO, how: int, message: str) -> None:
    try:
        fcntl.flock(stream, how | fcntl.LOCK_NB)
    except OSError:
        raise BusyError(message, hint="wait until it is over") from None
