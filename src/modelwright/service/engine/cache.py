"""Results by what determines them: files by their hashes, and what a run said, for each project apart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from modelwright.service.clock import new_id, now
from modelwright.service.engine.cache_table import cache
from modelwright.service.storage.hashing import hash_file


class Cache:
    """Files in a folder, named by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, source: Path, sha256: str) -> None:
        """Keeps a file.

        Raises:
            OSError: It cannot be written.
        """
        target = self._path(sha256)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{new_id()}.part")
        shutil.copyfile(source, part)
        part.replace(target)

    def get(self, files: Sequence[dict[str, Any]], folder: Path) -> bool:
        """Puts files (``name``, ``sha256``) into a folder; False if one is gone or damaged."""
        for file in files:
            target = folder / file["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            source = self._path(file["sha256"])
            if not source.is_file():
                return False
            shutil.copyfile(source, target)
            if hash_file(target) != file["sha256"]:
                os.unlink(source)  # noqa: PTH108  damaged: the next run keeps it anew
                return False
        return True

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def look_up(connection: Connection, project: str, key: str) -> dict[str, Any] | None:
    """What a run with this key said: ``task`` and ``outcome``, or None."""
    row = connection.execute(select(cache).where(cache.c.project == project, cache.c.key == key)).first()
    return None if row is None else {"task": row.task, "outcome": row.outcome}


def keep(connection: Connection, project: str, key: str, task: str, outcome: dict[str, Any]) -> None:
    """Keeps what a run said, unless another one with this key did before."""
    if look_up(connection, project, key) is None:
        values = {"project": project, "key": key, "task": task, "outcome": outcome, "created": now()}
        connection.execute(insert(cache).values(**values))
