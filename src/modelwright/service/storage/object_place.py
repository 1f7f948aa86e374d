"""Folders in object storage: keys with a common prefix."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelwright.errors import ModelNotFoundError
from modelwright.service.errors import InvalidRequestError, NotThereError
from modelwright.service.storage.bucket import Bucket
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.hashing import hash_file
from modelwright.service.storage.place import HIDDEN, Entry
from modelwright.templates.folder import MOST_FILES

_PIECE: Final = 4 << 20
_LONGEST_PART: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPlace:
    """A folder, or an object, of a bucket; see ``Place``.

    Attributes:
        url: Its one spelling as a URL.
        bucket: The bucket.
        commits: Who decides which of several commits counts.
    """

    url: str
    bucket: Bucket
    commits: Commits

    @property
    def _path(self) -> str:
        return self.url.partition("://")[2]

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

    def listing(self) -> tuple[str, ...]:
        """The names of all files below the folder, in order; hidden ones are left out."""
        found = self.names(MOST_FILES)
        if not found:
            raise ModelNotFoundError(f"no folder at {self.url}", hint="give the folder with the model")
        return found

    def names(self, most: int) -> tuple[str, ...]:
        """As ``listing``, of at most so many files; none where there is no folder."""
        found: list[str] = []
        with self.bucket.files() as files:
            for folder, folders, entries in files.walk(self._path, detail=True):
                below = folder.strip("/").removeprefix(self._path).strip("/")
                for name in [name for name in folders if name.startswith(".")]:
                    del folders[name]
                names = [name for name in entries if name and not name.startswith(".")]
                found += [_checked(f"{below}/{name}".lstrip("/"), name in folders) for name in names]
                if len(found) > most:
                    raise ModelNotFoundError(f"{self.url} holds over {most} files", hint="give the folder of one model")
        return tuple(sorted(found))

    def taken(self) -> str:
        """Something that the folder holds, or an empty text when it is empty or not there."""
        items = self._items(self._path)
        if any(item["name"] == self._path and item["type"] == "file" for item in items):
            raise InvalidRequestError(f"{self.url} is a file", hint="give a folder")
        names = sorted(_last(item["name"]) for item in items)
        return next((name for name in names if name != HIDDEN), "")

    def entries(self) -> list[Entry]:
        """What the folder holds: folders first, each by name; hidden ones are left out."""
        items = self._items(self._path)
        root = self.url == self.bucket.storage.root
        if (not items and not root) or any(item["name"] == self._path and item["type"] == "file" for item in items):
            raise NotThereError(f"no folder at {self.url}", hint="GET /v1/storage/roots lists where folders can be")
        found = [self._entry(item) for item in items if not _last(item["name"]).startswith(".")]
        return sorted(found, key=lambda item: (not item.folder, item.name))

    def _entry(self, item: dict[str, Any]) -> Entry:
        name, folder = _last(item["name"]), item["type"] == "directory"
        return Entry(name=name, url=f"{self.url}/{name}", folder=folder, bytes=None if folder else item["size"])

    def _items(self, path: str) -> list[dict[str, Any]]:
        with self.bucket.files() as files:
            try:
                items: list[dict[str, Any]] = files.ls(path, detail=True)
            except FileNotFoundError:
                return []
        named = [{**item, "name": item["name"].strip("/")} for item in items]
        return [item for item in named if item["name"] != self._path or (item["type"] == "file" and item["size"])]

    def size(self, name: str) -> int | None:
        """The size of a file, or None when there is no such file."""
        with self.bucket.files() as files:
            try:
                found: dict[str, Any] = files.info(self._at(name))
            except FileNotFoundError:
                return None
        return int(found["size"]) if found["type"] == "file" else None

    def pieces(self, name: str, begin: int, end: int) -> Iterator[bytes]:
        """The bytes of a file from ``begin`` to before ``end``, a request for each few million."""
        for start in range(begin, end, _PIECE):
            with self.bucket.files() as files:
                yield files.cat_file(self._at(name), start=start, end=min(end, start + _PIECE))

    def fetch(self, name: str, target: Path) -> str:
        """Copies a file in one request, so that it is all of one version, and hashes the copy."""
        with self.bucket.files() as files:
            files.get_file(self._at(name), str(target))
        return hash_file(target)

    def put(self, name: str, source: Path) -> None:
        """Copies a local file to a name."""
        with self.bucket.files() as files:
            files.put_file(str(source), self._at(name))

    def committed(self, name: str) -> bytes | None:
        """What was committed under a name; the object is made if whoever committed died before it did."""
        with self.bucket.files() as files:
            try:
                return bytes(files.cat_file(self._at(name)))
            except FileNotFoundError:
                standing = self.commits.standing(self.url, name)
        return None if standing is None else self._confirm(name, standing)

    def commit(self, name: str, data: bytes) -> bytes:
        """Commits in the database, then makes the object: all who come here make the same one."""
        return self._confirm(name, self.commits.claim(self.url, name, data))

    def _confirm(self, name: str, data: bytes) -> bytes:
        """Makes the object unless it is there; where the storage knows how, it refuses to replace another one."""
        path = self._at(name)
        with self.bucket.files() as files:
            try:
                files.pipe_file(path, data, mode="create")
            except FileExistsError:
                return bytes(files.cat_file(path))
            except OSError:  # the storage does not know such a request, or is just answering one
                if files.exists(path):
                    return bytes(files.cat_file(path))
                files.pipe_file(path, data)
        return data

    def move(self, name: str, target: str) -> None:
        """Copies a file within the storage, then takes the original away."""
        with self.bucket.files() as files, contextlib.suppress(FileNotFoundError):
            files.cp_file(self._at(name), self._at(target))
            files.rm_file(self._at(name))

    def drop(self, name: str) -> None:
        """Takes a file away if it is there; storage has no empty folders."""
        with self.bucket.files() as files, contextlib.suppress(FileNotFoundError):
            files.rm_file(self._at(name))

    def sweep(self, prefix: str) -> None:
        """Takes temporary folders of the hidden folder away whose names begin so."""
        for item in self._items(self._at(HIDDEN)):
            if item["type"] == "directory" and _last(item["name"]).startswith(prefix):
                with self.bucket.files() as files, contextlib.suppress(FileNotFoundError):
                    for path in files.find(item["name"]):
                        files.rm_file(path)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _checked(name: str, folder: bool) -> str:  # noqa: FBT001  what the listing says, no switch
    """A name that a local file can have."""
    parts = name.split("/")
    wrong = any(len(part.encode(errors="replace")) > _LONGEST_PART or part in ("", ".", "..") for part in parts)
    if wrong or folder or any(ord(char) < 32 or char == "\x7f" for char in name):
        raise InvalidRequestError(f"{name[:200]!r} cannot be the name of a local file", hint="rename the object")
    return name
