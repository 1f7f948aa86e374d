"""Local folders that projects may read and write: a store of each project's own, and roots that settings name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from modelwright.service.clock import new_id
from modelwright.service.errors import ForbiddenError, InvalidRequestError, NotThereError
from modelwright.templates.folder import list_folder

HIDDEN: Final = ".modelwright"
"""Folder below an output folder with what is not finished and with the manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a folder.

    Attributes:
        name: Its name.
        url: Its URL.
        folder: Whether it is a folder.
        bytes: Its size, for files.
    """

    name: str
    url: str
    folder: bool
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder or file below one of a project's roots.

    Attributes:
        path: Where it is, without links.
    """

    path: Path

    @property
    def url(self) -> str:
        """Its one spelling as a URL."""
        return "file://" + quote(str(self.path))

    def listing(self) -> tuple[str, ...]:
        """The paths of all files below the folder, none of which leads outside by a link.

        Raises:
            ModelNotFoundError: It is no folder.
            ForbiddenError: A link leads outside.
        """
        names = list_folder(self.path)
        for name in names:
            found = Path(os.path.realpath(self.path / name))
            if not found.is_relative_to(self.path) or not found.is_file():
                raise ForbiddenError(f"{name} is a link to elsewhere, or no file", hint="put the file itself there")
        return names

    def taken(self) -> str:
        """Something that the folder holds, or an empty text when it is empty or not there.

        Raises:
            InvalidRequestError: It is no folder.
        """
        if self.path.exists() and not self.path.is_dir():
            raise InvalidRequestError(f"{self.url} is a file", hint="give a folder")
        if not self.path.is_dir():
            return ""
        return next((item.name for item in sorted(self.path.iterdir()) if item.name != HIDDEN), "")

    def entries(self) -> list[Entry]:
        """What the folder holds: folders first, each by name; hidden ones are left out.

        Raises:
            NotThereError: There is no such folder.
        """
        if not self.path.is_dir():
            raise NotThereError(f"no folder at {self.url}", hint="GET /v1/storage/roots lists where folders can be")
        found = [self._entry(item) for item in self.path.iterdir() if not item.name.startswith(".")]
        return sorted(found, key=lambda item: (not item.folder, item.name))

    def _entry(self, item: Path) -> Entry:
        size = None if item.is_dir() else item.lstat().st_size
        url = f"{self.url}/{quote(item.name)}"
        return Entry(name=item.name, url=url, folder=item.is_dir(), bytes=size)


class Store:
    """The folders of all projects."""

    def __init__(self, folder: Path, roots: Mapping[str, Sequence[Path]]) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._roots = {name: [Path(os.path.realpath(path)) for path in paths] for name, paths in roots.items()}

    def own(self, project: str) -> Path:
        """The project's own folder, made if needed."""
        path = self._folder / project
        path.mkdir(parents=True, exist_ok=True)
        return path

    def roots(self, project: str) -> list[Path]:
        """All folders below which a project may read and write."""
        return [self.own(project), *self._roots.get(project, []), *self._roots.get("*", [])]

    def fresh_output(self, project: str) -> str:
        """The URL of a folder that is not there yet."""
        return "file://" + quote(str(self.own(project) / "outputs" / new_id()))

    def place(self, project: str, url: str) -> Place:
        """The place that a URL means for a project.

        Raises:
            InvalidRequestError: It is no URL of a local place.
            ForbiddenError: It lies below none of the project's roots.
        """
        path = _path(url)
        try:
            real = Path(os.path.realpath(path))
        except OSError as error:
            raise InvalidRequestError(f"{url[:200]} is no place: {error.strerror}", hint="give another URL") from None
        for root in self.roots(project):
            if real.is_relative_to(root) and not _hidden(real, root):
                return Place(path=real)
        raise ForbiddenError(
            f"{url[:200]} lies outside of the project's folders", hint="GET /v1/storage/roots lists them"
        )


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidRequestError(f"{url[:200]!r} is no URL", hint="such as file:///models/net") from None
    if parts.scheme != "file":
        kind = f"{parts.scheme}:// is not set up here" if parts.scheme else "no scheme"
        raise InvalidRequestError(f"{url[:200]!r}: {kind}", hint="give file:///... below one of the project's folders")
    path = unquote(url.removeprefix("file:").removeprefix("//")) if not parts.netloc else ""
    if not path.startswith("/") or "\0" in path or len(path.encode(errors="replace")) > 4000:
        raise InvalidRequestError(f"{url[:200]!r} is no local path", hint="write file:/// and an absolute path")
    return path


def _hidden(path: Path, root: Path) -> bool:
    return any(part == HIDDEN for part in path.relative_to(root).parts)
