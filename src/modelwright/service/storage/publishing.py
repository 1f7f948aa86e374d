"""Results appear all or not at all: they are written under a temporary prefix, and one manifest file commits them.

The manifest is made by an exclusive creation, so that of two workers that believe to have a task only one commits. What
comes after it, moving the files to their places, can be repeated by anybody who reads the manifest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modelwright.service.storage.hashing import hash_file
from modelwright.service.storage.place import HIDDEN, Place


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


def publish(output: Place, results: Path, manifest: Manifest) -> Manifest:
    """Commits a run's results, unless another worker did before; gives the manifest that stands.

    Args:
        output: The output folder; made if needed.
        results: The folder with the files; they are copied.
        manifest: What to commit.

    Raises:
        OSError: The output folder cannot be written.
    """
    for file in manifest.files:
        output.put(f"{HIDDEN}/{manifest.folder}/{file.name}", results / file.name)
    data = json.dumps(manifest.data()).encode()
    standing = _parsed(output.commit(_name(manifest.task, manifest.run), data))
    if standing.folder != manifest.folder:
        output.sweep(manifest.folder)
    return standing


def read_manifest(output: Place, task: str, run: int) -> Manifest | None:
    """The manifest of a run, or None when it was not committed."""
    data = output.committed(_name(task, run))
    return None if data is None else _parsed(data)


def finish(output: Place, manifest: Manifest) -> None:
    """Moves committed files to their places and takes the temporary folder away; may be repeated.

    Raises:
        OSError: The output folder cannot be written.
    """
    _clear(output, manifest)
    for file in manifest.files:
        output.move(f"{HIDDEN}/{manifest.folder}/{file.name}", file.name)
    output.sweep(f"{manifest.task}.")


def _clear(output: Place, manifest: Manifest) -> None:
    """Takes away what earlier runs of the task left and this one does not give."""
    kept = {file.name for file in manifest.files}
    for run in range(1, manifest.run):
        before = read_manifest(output, manifest.task, run)
        for file in before.files if before is not None else ():
            if file.name not in kept:
                output.drop(file.name)


def _parsed(text: bytes) -> Manifest:
    data = json.loads(text)
    return Manifest(
        task=data["task"],
        run=data["run"],
        folder=data["folder"],
        files=tuple(StoredFile(**item) for item in data["files"]),
        ending=data["ending"],
    )


def _name(task: str, run: int) -> str:
    return f"{HIDDEN}/{task}.{run}.json"
