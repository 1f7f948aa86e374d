"""The database: one set of tables, and transactions of which writers have one at a time in SQLite."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Self

from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.engine.base import Transaction
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateColumn

from modelwright.errors import UsageError
from modelwright.service import dialects

METADATA: Final = MetaData()
_PAUSE: Final = 0.2
"""Seconds between two attempts to reach a database that does not answer."""


class Database:
    """Transactions on one database."""

    def __init__(self, url: str) -> None:
        self._engine = dialects.open_engine(url)
        self._patience = 0.0

    def patient(self, seconds: float) -> Self:
        """The same database, for who waits so long for it to answer when a transaction begins."""
        found = object.__new__(type(self))
        found._engine, found._patience = self._engine, seconds
        return found

    @property
    def alone(self) -> bool:
        """Whether only this machine can use it."""
        return self._engine.dialect.name == "sqlite"

    def create(self) -> None:
        """Makes the tables and columns that are not there.

        Raises:
            UsageError: The database does not answer.
        """
        from modelwright.service import tables

        try:
            with self.write() as connection:
                dialects.alone(connection, "tables")
                tables.METADATA.create_all(connection)
                _complete(connection, tables.METADATA)
        except OperationalError as error:
            message = f"the database cannot be used: {str(error.orig).strip().splitlines()[0]}"
            raise UsageError(message, hint="see to MODELWRIGHT_SERVICE_DATABASE, and that it runs") from None

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that only reads; all of it is of one moment."""
        connection, transaction = self._begin(writes=False)
        with connection, transaction:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that writes: all of it or, after an exception, nothing."""
        connection, transaction = self._begin(writes=True)
        with connection, transaction:
            yield connection

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _begin(self, *, writes: bool) -> tuple[Connection, Transaction]:
        until = time.monotonic() + self._patience
        while True:
            try:
                return _begun(self._engine, writes=writes)
            except OperationalError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)


def _begun(engine: Engine, *, writes: bool) -> tuple[Connection, Transaction]:
    connection = engine.connect()
    try:
        connection = connection.execution_options(**dialects.options(engine, writes=writes))
        return connection, connection.begin()
    except BaseException:
        connection.close()
        raise


def _complete(connection: Connection, metadata: MetaData) -> None:
    """Adds the columns that tables of an older version lack; such columns may be empty or have a default."""
    found = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for table in metadata.sorted_tables:
        there = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                shown = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {shown}"))
