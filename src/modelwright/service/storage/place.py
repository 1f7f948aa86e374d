"""What a folder that projects read and write can do, wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

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


class Place(Protocol):
    """A folder or file below one of a project's roots; names of files are paths below it, with ``/``."""

    @property
    def url(self) -> str:
        """Its one spelling as a URL."""
        ...

    def listing(self) -> tuple[str, ...]:
        """The names of all files below the folder, in order; hidden ones are left out.

        Raises:
            ModelNotFoundError: It is no folder.
            ForbiddenError: A link leads outside.
            InvalidRequestError: A file has a name that no local file can have.
        """
        ...

    def taken(self) -> str:
        """Something that the folder holds, or an empty text when it is empty or not there.

        Raises:
            InvalidRequestError: It is no folder.
        """
        ...

    def entries(self) -> list[Entry]:
        """What the folder holds: folders first, each by name; hidden ones are left out.

        Raises:
            NotThereError: There is no such folder.
        """
        ...

    def size(self, name: str) -> int | None:
        """The size of a file in bytes, or None when there is no such file in the folder itself."""
        ...

    def pieces(self, name: str, begin: int, end: int) -> Iterator[bytes]:
        """The bytes of a file from ``begin`` to before ``end``.

        Raises:
            OSError: It cannot be read.
        """
        ...

    def fetch(self, name: str, target: Path) -> str:
        """Copies a file to a local one; gives the SHA-256 of what was copied.

        Raises:
            OSError: It cannot be read, or the disk is full.
        """
        ...

    def put(self, name: str, source: Path) -> None:
        """Copies a local file to a name.

        Raises:
            OSError: It cannot be written.
        """
        ...

    def committed(self, name: str) -> bytes | None:
        """What was committed under a name, or None."""
        ...

    def commit(self, name: str, data: bytes) -> bytes:
        """Makes a file that is not there yet, whole or not at all; gives what stands there now.

        Of those who commit under the same name one does, and all others get what it committed.
        """
        ...

    def move(self, name: str, target: str) -> None:
        """Moves a file to another name if it is still there; another one of that name gives way."""
        ...

    def drop(self, name: str) -> None:
        """Takes a file away if it is there, and folders that become empty."""
        ...

    def sweep(self, prefix: str) -> None:
        """Takes temporary folders and files of the hidden folder away whose names begin so; manifests stay."""
        ...
