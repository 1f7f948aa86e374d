"""Sessions in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from modelwright.service.sessions.table import sessions


def add(connection: Connection, **values: Any) -> None:
    """Adds a session."""
    connection.execute(insert(sessions).values(**values))


def get(connection: Connection, secret_hash: str, at: float) -> Row[Any] | None:
    """The session of that hash, unless it is over at ``at``."""
    found = select(sessions).where(sessions.c.secret_hash == secret_hash, sessions.c.until > at)
    return connection.execute(found).first()


def set_project(connection: Connection, secret_hash: str, project: str) -> None:
    """Lets a session work in another project."""
    connection.execute(update(sessions).where(sessions.c.secret_hash == secret_hash).values(project=project))


def remove(connection: Connection, secret_hash: str) -> None:
    """Ends a session."""
    connection.execute(delete(sessions).where(sessions.c.secret_hash == secret_hash))


def remove_old(connection: Connection, at: float) -> None:
    """Takes away the sessions that are over at ``at``."""
    connection.execute(delete(sessions).where(sessions.c.until <= at))
