"""What runs tasks, in the database: announced when it begins, seen by heartbeats, forgotten when it falls silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from modelwright.service.dialects import alone, moment
from modelwright.service.engine.workers_table import workers

SILENT: Final = 30.0
"""Seconds without a heartbeat after which a worker is taken for gone."""


def announce(connection: Connection, name: str, **values: Any) -> None:
    """Writes down that a worker is there, in place of what it said before."""
    alone(connection, f"worker {name}")
    withdraw(connection, name)
    connection.execute(insert(workers).values(name=name, seen=moment(connection), **values))


def seen(connection: Connection, name: str) -> bool:
    """A heartbeat; whether the worker is still written down."""
    beat = update(workers).where(workers.c.name == name).values(seen=moment(connection))
    return connection.execute(beat).rowcount == 1


def withdraw(connection: Connection, name: str) -> None:
    """Takes a worker away that ends."""
    connection.execute(delete(workers).where(workers.c.name == name))


def forget_silent(connection: Connection) -> None:
    """Takes workers away that fell silent."""
    connection.execute(delete(workers).where(~_there(connection)))


def present(connection: Connection) -> Sequence[Row[Any]]:
    """The workers that are there, by name."""
    return connection.execute(select(workers).where(_there(connection)).order_by(workers.c.name)).all()


def slots(connection: Connection) -> int:
    """How many tasks they can run at the same time."""
    return int(connection.execute(select(func.sum(workers.c.slots)).where(_there(connection))).scalar() or 0)


def builders(connection: Connection) -> dict[str, list[str]]:
    """The names of the workers that can build with a template, by the template's name."""
    found: dict[str, list[str]] = {}
    for row in present(connection):
        for name in row.templates:
            found.setdefault(name, []).append(row.name)
    return found


def _there(connection: Connection) -> ColumnElement[bool]:
    return workers.c.seen > moment(connection) - SILENT
