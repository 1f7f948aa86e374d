"""What is uploaded, piece by piece, and where a download goes."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from modelwright.client.calls import PIECE
from modelwright.errors import OutputError, ToolError
from modelwright.service.tasks.schemas import Artifact
from modelwright.templates.folder import list_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a file.

    Attributes:
        name: The file's path below what is uploaded.
        offset: Where the part begins.
        content: The bytes.
    """

    name: str
    offset: int
    content: bytes


def pieces(source: Path) -> Iterator[Piece]:
    """The parts of a file, or of all files of a folder; an empty file has one.

    Raises:
        ModelNotFoundError: There is nothing.
    """
    names = [source.name] if source.is_file() else list_folder(source)
    base = source.parent if source.is_file() else source
    for name in names:
        with (base / name).open("rb") as stream:
            offset = 0
            while (content := stream.read(PIECE)) or offset == 0:
                yield Piece(name=name, offset=offset, content=content)
                offset += len(content)
                if not content:
                    break


@contextmanager
def staged(path: Path) -> Generator[BinaryIO]:
    """A file that gets its name when all of it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class Download:
    """A file that grows under a temporary name and gets its own when its hash is right."""

    def __init__(self, artifact: Artifact, folder: Path) -> None:
        self._artifact = artifact
        self._target = folder / artifact.name
        if not self._target.resolve().is_relative_to(folder.resolve()):
            raise OutputError(f"{artifact.name} leads outside of {folder}", hint="do not trust this service")
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._target.with_name(f".{self._target.name}.part")
        self._digest = hashlib.sha256()
        self._stream = self._part.open("wb")

    def write(self, data: bytes) -> None:
        """Adds bytes."""
        self._digest.update(data)
        self._stream.write(data)

    def close(self) -> Path:
        """Ends the file; gives where it is.

        Raises:
            ToolError: What came is not what the task gave.
        """
        self._stream.close()
        if self._digest.hexdigest() != self._artifact.sha256:
            self._part.unlink()
            raise ToolError(f"{self._artifact.name} arrived damaged", hint="download it again")
        self._part.replace(self._target)
        return self._target
