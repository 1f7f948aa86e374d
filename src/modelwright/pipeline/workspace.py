"""All or nothing: results grow in hidden folders beside their destinations and move into place when all are there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from modelwright.errors import OutputError
from modelwright.hub.io_atomic import output_errors, sync
from modelwright.pipeline.hidden import HiddenFolder


class Workspace:
    """A context manager that stages files and publishes them together.

    ``stage(path)`` gives a path of the same name in a hidden folder on the same file system; files and folders written
    beside it (external data, a plan) are published beside ``path``. Leaving the context without ``publish``, for
    whatever reason, removes everything that was written, also folders made on the way; what a killed process could not
    remove, the next run beside it does.
    """

    def __init__(self) -> None:
        self._stages: dict[Path, HiddenFolder] = {}
        self._named: dict[Path, Path] = {}
        self._made: list[Path] = []
        self._scratch: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hidden in self._stages.values():
            hidden.remove()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        for folder in reversed(self._made):
            if not any(folder.iterdir()):
                folder.rmdir()

    def stage(self, path: Path) -> Path:
        """Where to write the file that is to appear at ``path``.

        Raises:
            OutputError: ``path`` is a folder, or its folder cannot be made or written to.
        """
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            what = "a folder has this name" if target.is_dir() else "not a regular file"
            raise OutputError(f"{path}: cannot be written ({what})", hint="give the name of a file")
        parent = target.parent
        self._named.setdefault(parent, path.parent)
        if parent not in self._stages:
            with output_errors(path):
                self._make(parent)
                self._stages[parent] = HiddenFolder(parent)
        return self._stages[parent].path / target.name

    def scratch(self) -> Path:
        """A folder for intermediate files, the same at every call, that goes when the context is left."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="modelwright-"))
        return self._scratch

    def final_terms(self, text: str) -> str:
        """``text`` with the hidden folders' paths replaced by those of the destinations, as these were given."""
        if self._scratch is not None:
            text = text.replace(str(self._scratch), "(temporary)")
        for parent, hidden in self._stages.items():
            text = text.replace(str(hidden.path), str(self._named[parent]))
        return text

    def publish(self) -> tuple[Path, ...]:
        """Moves every staged file to its destination and returns where they are, in the order of their names.

        Raises:
            OutputError: A destination cannot be written; those moved before stay.
        """
        published: list[Path] = []
        for parent, hidden in self._stages.items():
            for item in sorted(hidden.path.iterdir()):
                with output_errors(parent / item.name):
                    _move(item, parent / item.name, hidden.path)
                published.append(parent / item.name)
        return tuple(published)

    def _make(self, folder: Path) -> None:
        missing = [item for item in (folder, *folder.parents) if not item.exists()]
        for item in reversed(missing):
            item.mkdir(exist_ok=True)
            self._made.append(item)


def _move(item: Path, final: Path, hidden: Path) -> None:
    """Puts a file or folder in its place; a folder that was there goes, a file is replaced in one step."""
    if item.is_dir():
        if final.exists() or final.is_symlink():
            final.rename(hidden / f"{item.name}.old")
    elif final.exists():
        sync(item)
    os.replace(item, final)  # noqa: PTH105  Path.replace hides that this is atomic
