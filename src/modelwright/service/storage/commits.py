"""Who commits to object storage: the database decides, since not every such storage makes an object only once."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from modelwright.service.clock import now
from modelwright.service.database import METADATA, Database
from modelwright.service.dialects import alone

commits = Table(
    "commits",
    METADATA,
    Column("place", String(64), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("created", String(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
)


class Commits:
    """What was committed, by the URL of a folder and a name in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, url: str, name: str, data: bytes) -> bytes:
        """Commits data unless other data was committed under that name; gives what was."""
        with self._database.write() as connection:
            alone(connection, f"commit {url} {name}")
            found = _find(connection, url, name)
            if found is None:
                values = {"place": _hash(url), "name": name, "created": now(), "data": data}
                connection.execute(insert(commits).values(**values))
        return data if found is None else found

    def standing(self, url: str, name: str) -> bytes | None:
        """What was committed under that name, or None."""
        with self._database.read() as connection:
            return _find(connection, url, name)


def forget(connection: Connection, url: str) -> None:
    """Takes what was committed in a folder away: its task is deleted, and nobody writes to it any more."""
    connection.execute(delete(commits).where(commits.c.place == _hash(url)))


def _find(connection: Connection, url: str, name: str) -> bytes | None:
    query = select(commits.c.data).where(commits.c.place == _hash(url), commits.c.name == name)
    found: Any = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
