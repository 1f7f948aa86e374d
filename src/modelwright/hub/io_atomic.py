"""Writing files all or nothing: under temporary names beside their targets, then renamed together.

A file that replaces another is synced to disk first, so that a loss of power leaves one of the two. A new one is not:
waiting for the disk takes most of the time of writing gigabytes.

Until ``commit`` the targets are untouched; after a failure at any point what stood there before stands there again and
nothing new is left behind, folders included. This module imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from modelwright.errors import InternalError, OutputError

_BUFFER = 1 << 20

_REMEDIES = {
    errno.ENOSPC: "free some space, or write to another disk with -o",
    errno.EDQUOT: "your disk quota is used up; free some space, or write to another disk with -o",
    errno.EACCES: "choose a folder you may write to",
    errno.EPERM: "choose a folder you may write to",
    errno.EROFS: "the folder's file system is read-only; choose another one",
    errno.ENOTDIR: "a part of the path is a file; choose another output path",
    errno.EEXIST: "a part of the path is a file; choose another output path",
    errno.EISDIR: "a folder has this name; give the name of a file",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EFBIG: "the file system does not hold files of this size; write to another disk with -o",
}


def output_error(path: Path, error: OSError) -> OutputError:
    """The error a user reads when the system refuses to write ``path``."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    hint = _REMEDIES.get(error.errno or 0, "check the path, the permissions and the disk")
    return OutputError(f"{path}: cannot be written ({reason})", hint=hint)


@contextlib.contextmanager
def output_errors(path: Path) -> Generator[None, None, None]:
    """Turns an ``OSError`` raised inside into an ``OutputError`` about ``path``."""
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error


def sync(path: Path) -> None:
    """Has the system write a finished file to disk.

    Raises:
        OSError: The system refuses.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A file being written: what the user called it, where it goes, its temporary name, and its handle."""

    path: Path
    target: Path
    temporary: Path
    handle: BinaryIO


class OutputFiles:
    """Files that appear together or not at all.

    Use as a context manager: ``open`` each file, write to it, then ``commit``. Leaving without ``commit``, by an
    exception or not, removes everything. An ``OSError`` raised inside becomes an ``OutputError`` about the file that
    was opened last.
    """

    def __init__(self) -> None:
        self._pending: list[_Pending] = []
        self._folders: list[Path] = []

    def open(self, path: Path) -> BinaryIO:
        """Starts a file; missing parent folders are made.

        Raises:
            OutputError: The name is taken by a folder or a device, or the system refuses.
        """
        target = Path(os.path.realpath(path))
        with output_errors(path):
            _check_target(path, target)
            self._make_folder(target.parent)
            temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}-{len(self._pending)}.tmp")
            handle = temporary.open("xb", buffering=_BUFFER)
        self._pending.append(_Pending(path=path, target=target, temporary=temporary, handle=handle))
        return handle

    def commit(self) -> tuple[Path, ...]:
        """Closes all files and gives them their names, in the order opened; returns the paths as given to ``open``.

        Raises:
            OutputError: The system refuses; nothing has changed then.
        """
        for item in self._pending:
            with output_errors(item.path):
                item.handle.flush()
                if item.target.exists():
                    os.fsync(item.handle.fileno())
                item.handle.close()
        self._rename()
        paths = tuple(item.path for item in self._pending)
        self._pending.clear()
        self._folders.clear()
        return paths

    def _rename(self) -> None:
        """Renames one by one; when one fails, puts back what the others replaced."""
        undo: list[tuple[Path, Path | None]] = []
        for number, item in enumerate(self._pending):
            last = number == len(self._pending) - 1
            try:
                undo.append((item.target, None if last else _set_aside(item)))
                item.temporary.replace(item.target)
            except OSError as error:
                _restore(undo[:number] if last else undo)
                raise output_error(item.path, error) from error
        for _, backup in undo:
            if backup is not None:
                backup.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        missing: list[Path] = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for item in reversed(missing):
            item.mkdir()
            self._folders.append(item)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        last = self._pending[-1].path if self._pending else None
        for item in self._pending:
            with contextlib.suppress(OSError):
                item.handle.close()
            item.temporary.unlink(missing_ok=True)
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            if last is None:
                raise InternalError(f"a file could not be read while writing ({error})") from error
            raise output_error(last, error) from error


def _check_target(path: Path, target: Path) -> None:
    if not path.name or not target.exists():
        return
    mode = target.stat().st_mode
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path}: cannot be written (a folder has this name)", hint=_REMEDIES[errno.EISDIR])
    if not stat.S_ISREG(mode):
        raise OutputError(f"{path}: cannot be written (not a regular file)", hint="give the name of a file")


def _set_aside(item: _Pending) -> Path | None:
    """Keeps the file that ``item`` will replace under another name, and returns that name."""
    if not item.target.exists():
        return None
    backup = item.temporary.with_suffix(".old")
    item.target.rename(backup)
    return backup


def _restore(undo: list[tuple[Path, Path | None]]) -> None:
    for target, backup in undo:
        if backup is None:
            target.unlink(missing_ok=True)
        else:
            backup.replace(target)


def write_bytes(path: Path, data: bytes) -> Path:
    """Writes one file atomically and returns its path.

    Raises:
        OutputError: It cannot be written; what was there before still is.
    """
    with OutputFiles() as files:
        files.open(path).write(data)
        files.commit()
    return path
