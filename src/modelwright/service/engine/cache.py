"""Results by what determines them: files by their hashes, and what a run said, for each project apart."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from modelwright.service.clock import now
from modelwright.service.dialects import alone
from modelwright.service.engine.cache_table import cache
from modelwright.service.storage.place import Place


class Cache:
    """Files in a folder, named by their SHA-256."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def put(self, source: Path, sha256: str) -> None:
        """Keeps a file.

        Raises:
            OSError: It cannot be written.
        """
        if self._place.size(_name(sha256)) is None:
            self._place.put(_name(sha256), source)

    def get(self, files: Sequence[dict[str, Any]], folder: Path) -> bool:
        """Puts files (``name``, ``sha256``) into a folder; False if one is gone or damaged."""
        for file in files:
            target = folder / file["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            found = ""
            with contextlib.suppress(FileNotFoundError):
                found = self._place.fetch(_name(file["sha256"]), target)
            if found != file["sha256"]:  # gone or damaged: the next run keeps it anew
                self._place.drop(_name(file["sha256"]))
                return False
        return True


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def look_up(connection: Connection, project: str, key: str) -> dict[str, Any] | None:
    """What a run with this key said: ``task`` and ``outcome``, or None."""
    row = connection.execute(select(cache).where(cache.c.project == project, cache.c.key == key)).first()
    return None if row is None else {"task": row.task, "outcome": row.outcome}


def keep(connection: Connection, project: str, key: str, task: str, outcome: dict[str, Any]) -> None:
    """Keeps what a run said, unless another one with this key did before."""
    alone(connection, f"cache {project} {key}")
    if look_up(connection, project, key) is None:
        values = {"project": project, "key": key, "task": task, "outcome": outcome, "created": now()}
        connection.execute(insert(cache).values(**values))
