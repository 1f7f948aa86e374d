"""Results appear all or not at all: they are written under a temporary prefix, and one manifest file commits them.

The manifest is made by an exclusive creation, so that of two workers that believe to have a task only one commits. What
comes after it, moving the files to their places, can be repeated by anybody who reads the manifest.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modelwright.hub.io_atomic import sync
from modelwright.service.storage.hashing import hash_file
from modelwright.service.storage.store import HIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a result: path below the output folder, size and SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a run of a task gave.

    Attributes:
        task: The task.
        run: Which run.
        folder: Name of the temporary folder with the files.
        files: The files.
        ending: How the run ended: status, result, error and the rest, as the task's row has it.
    """

    task: str
    run: int
    folder: str
    files: tuple[StoredFile, ...]
    ending: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """The manifest as plain data."""
        return asdict(self)


def files_of(folder: Path) -> tuple[StoredFile, ...]:
    """The files below a folder, by name, with sizes and hashes."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple(
        StoredFile(name=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=hash_file(path))
        for path in found
    )


def publish(output: Path, results: Path, manifest: Manifest) -> Manifest:
    """Commits a run's results, unless another worker did before; gives the manifest that stands.

    Args:
        output: The output folder; made if needed.
        results: The folder with the files; they are copied.
        manifest: What to commit.

    Raises:
        OSError: The output folder cannot be written.
    """
    hidden = output / HIDDEN
    staged = hidden / manifest.folder
    staged.mkdir(parents=True, exist_ok=True)
    for file in manifest.files:
        target = staged / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / file.name, target)
        sync(target)
    path = _path(output, manifest.task, manifest.run)
    part = hidden / f"{manifest.folder}.part"
    part.write_text(json.dumps(manifest.data(), ensure_ascii=False), encoding="utf-8")
    sync(part)
    try:
        os.link(part, path)
    except FileExistsError:
        shutil.rmtree(staged)
        standing = read_manifest(output, manifest.task, manifest.run)
        assert standing is not None  # noqa: S101  it exists
        return standing
    finally:
        part.unlink()
    return manifest


def read_manifest(output: Path, task: str, run: int) -> Manifest | None:
    """The manifest of a run, or None when it was not committed."""
    try:
        data = json.loads(_path(output, task, run).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Manifest(
        task=data["task"],
        run=data["run"],
        folder=data["folder"],
        files=tuple(StoredFile(**item) for item in data["files"]),
        ending=data["ending"],
    )


def finish(output: Path, manifest: Manifest) -> None:
    """Moves committed files to their places and takes the temporary folder away; may be repeated.

    Raises:
        OSError: The output folder cannot be written.
    """
    _clear(output, manifest)
    staged = output / HIDDEN / manifest.folder
    for file in manifest.files:
        source, target = staged / file.name, output / file.name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    _leave_only(output, manifest)


def _clear(output: Path, manifest: Manifest) -> None:
    """Takes away what earlier runs of the task left and this one does not give."""
    kept = {file.name for file in manifest.files}
    for run in range(1, manifest.run):
        before = read_manifest(output, manifest.task, run)
        for file in before.files if before is not None else ():
            if file.name not in kept:
                (output / file.name).unlink(missing_ok=True)
                _prune((output / file.name).parent, output)


def _prune(folder: Path, output: Path) -> None:
    while folder != output:
        if folder.is_dir():
            if any(folder.iterdir()):
                return
            folder.rmdir()
        folder = folder.parent


def _leave_only(output: Path, manifest: Manifest) -> None:
    """Takes away the temporary folders of this task, also of workers that died."""
    for item in (output / HIDDEN).glob(f"{manifest.task}.*.*"):
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        elif item.suffix == ".part":
            item.unlink(missing_ok=True)


def _path(output: Path, task: str, run: int) -> Path:
    return output / HIDDEN / f"{task}.{run}.json"
