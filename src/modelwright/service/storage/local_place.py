"""Folders of this machine, or of a file system that many share."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from modelwright.hub.io_atomic import sync
from modelwright.service.clock import new_id
from modelwright.service.errors import ForbiddenError, InvalidRequestError, NotThereError
from modelwright.service.storage.place import HIDDEN, Entry
from modelwright.templates.folder import list_folder

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPlace:
    """A local folder or file; see ``Place``.

    Attributes:
        path: Where it is, without links.
    """

    path: Path

    @property
    def url(self) -> str:
        """Its one spelling as a URL."""
        return "file://" + quote(str(self.path))

    def listing(self) -> tuple[str, ...]:
        """The names of all files below the folder, none of which leads outside by a link."""
        names = list_folder(self.path)
        for name in names:
            found = Path(os.path.realpath(self.path / name))
            if not found.is_relative_to(self.path) or not found.is_file():
                raise ForbiddenError(f"{name} is a link to elsewhere, or no file", hint="put the file itself there")
        return names

    def taken(self) -> str:
        """Something that the folder holds, or an empty text when it is empty or not there."""
        if self.path.exists() and not self.path.is_dir():
            raise InvalidRequestError(f"{self.url} is a file", hint="give a folder")
        if not self.path.is_dir():
            return ""
        return next((item.name for item in sorted(self.path.iterdir()) if item.name != HIDDEN), "")

    def entries(self) -> list[Entry]:
        """What the folder holds: folders first, each by name; hidden ones are left out."""
        if not self.path.is_dir():
            raise NotThereError(f"no folder at {self.url}", hint="GET /v1/storage/roots lists where folders can be")
        found = [self._entry(item) for item in self.path.iterdir() if not item.name.startswith(".")]
        return sorted(found, key=lambda item: (not item.folder, item.name))

    def _entry(self, item: Path) -> Entry:
        size = None if item.is_dir() else item.lstat().st_size
        url = f"{self.url}/{quote(item.name)}"
        return Entry(name=item.name, url=url, folder=item.is_dir(), bytes=size)

    def size(self, name: str) -> int | None:
        """The size of a file; None when a link leads outside, too."""
        path = Path(os.path.realpath(self.path / name))
        return path.stat().st_size if path.is_relative_to(self.path) and path.is_file() else None

    def pieces(self, name: str, begin: int, end: int) -> Iterator[bytes]:
        """The bytes of a file from ``begin`` to before ``end``."""
        with (self.path / name).open("rb") as stream:
            stream.seek(begin)
            left = end - begin
            while left > 0 and (piece := stream.read(min(left, _PIECE))):
                left -= len(piece)
                yield piece

    def fetch(self, name: str, target: Path) -> str:
        """Copies a file and hashes it on the way: what is hashed is what is read."""
        digest = hashlib.sha256()
        with (self.path / name).open("rb") as read, target.open("wb") as written:
            while piece := read.read(_PIECE):
                digest.update(piece)
                written.write(piece)
        return digest.hexdigest()

    def put(self, name: str, source: Path) -> None:
        """Copies a file, down to the disk; it appears when it is whole."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{new_id()}.part")
        try:
            shutil.copyfile(source, part)
            sync(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def committed(self, name: str) -> bytes | None:
        """What was committed under a name, or None."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def commit(self, name: str, data: bytes) -> bytes:
        """Makes a file by a link, of which the file system makes one alone."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{new_id()}.part")
        part.write_bytes(data)
        sync(part)
        try:
            os.link(part, path)
        except FileExistsError:
            return path.read_bytes()
        finally:
            part.unlink()
        return data

    def move(self, name: str, target: str) -> None:
        """Renames a file if it is still there."""
        if (self.path / name).exists():
            (self.path / target).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).replace(self.path / target)

    def drop(self, name: str) -> None:
        """Takes a file away if it is there, and folders that become empty."""
        (self.path / name).unlink(missing_ok=True)
        folder = (self.path / name).parent
        while folder != self.path:
            if folder.is_dir():
                if any(folder.iterdir()):
                    return
                folder.rmdir()
            folder = folder.parent

    def sweep(self, prefix: str) -> None:
        """Takes temporary folders and files of the hidden folder away whose names begin so."""
        for item in (self.path / HIDDEN).glob(f"{prefix}*"):
            if item.is_dir():
                shutil.rmtree(item, ignore_errors=True)
            elif item.suffix == ".part":
                item.unlink(missing_ok=True)
