"""The database: one set of tables, and transactions of which writers have one at a time in SQLite."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import QueuePool

METADATA: Final = MetaData()
_WRITES: Final = "modelwright_writes"
_WAIT_MS: Final = 30_000


class Database:
    """Transactions on one database."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    def create(self) -> None:
        """Makes the tables that are not there."""
        from modelwright.service import tables

        with self.write() as connection:
            tables.METADATA.create_all(connection)

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that only reads."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that writes: all of it or, after an exception, nothing."""
        with self._engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
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
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
