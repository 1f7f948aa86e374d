"""What differs between the databases: how they are reached, and what SQLite's single writer makes needless."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Float,
    cast,
    create_engine,
    event,
    extract,
    func,
    literal,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from modelwright.errors import ToolMissingError, UsageError

WRITES: Final = "modelwright_writes"
"""Option of a connection whose transaction will write."""
_WAIT_MS: Final = 30_000
_POSTGRESQL: Final = ("postgresql://", "postgres://")
_CONNECTS: Final = {"connect_timeout": 10, "tcp_user_timeout": 30_000, "application_name": "modelwright"}


def open_engine(url: str) -> Engine:
    """The database of a URL: ``sqlite:///...`` or ``postgresql://...``.

    Raises:
        UsageError: It is no such URL.
        ToolMissingError: What speaks with the database is not installed.
    """
    for scheme in _POSTGRESQL:
        url = url.replace(scheme, "postgresql+psycopg://", 1) if url.startswith(scheme) else url
    try:
        return _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise UsageError("the database's URL is none", hint="sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    except ModuleNotFoundError as error:
        raise ToolMissingError(f"{error.name} is not installed", hint="pip install 'modelwright[scale]'") from None


def _postgresql(url: str) -> Engine:
    if not url.startswith("postgresql+psycopg:"):
        raise ValueError(url)
    return create_engine(url, pool_size=8, max_overflow=40, pool_pre_ping=True, connect_args=_CONNECTS)


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=16, max_overflow=48, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: object) -> None:
    """Leaves transactions to us, and lets readers read while a writer writes."""
    del record
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {_WAIT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A writer asks for the lock at once, so that what it read cannot have changed when it writes."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def options(engine: Engine, *, writes: bool) -> dict[str, Any]:
    """What a transaction's connection is told: all that one reads is of one moment, also in PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return {WRITES: writes}
    if writes:
        return {"isolation_level": "READ COMMITTED"}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def alone(connection: Connection, *names: str) -> None:
    """Waits until no other transaction holds one of these names, and holds them until this one ends.

    What a transaction looks for and does not find can be added by another one before it ends; those that look for the
    same thing take its name first. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def moment(connection: Connection) -> ColumnElement[float]:
    """The time in seconds, by the clock of the database: those of many machines differ."""
    if connection.dialect.name == "postgresql":
        return cast(extract("epoch", func.clock_timestamp()), Float)
    return literal(time.time(), Float)
