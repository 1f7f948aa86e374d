import time

from sqlalchemy import update

from modelwright.service.engine.presence import (
    SILENT,
    announce,
    builders,
    forget_silent,
    present,
    seen,
    slots,
    withdraw,
)
from modelwright.service.engine.workers_table import workers

ABOUT = {"engine": "celery", "queues": ["cpu"], "slots": 2, "toolchains": [], "version": "1", "started": ""}


def test_workers_come_and_go(context):
    with context.database.write() as connection:
        announce(connection, "b", templates=["X"], **ABOUT)
        announce(connection, "a", templates=["X", "Y"], **ABOUT)
        announce(connection, "a", templates=["X", "Z"], **ABOUT)
        assert [row.name for row in present(connection)] == ["a", "b"]
        assert builders(connection) == {"X": ["a", "b"], "Z": ["a"]}
        assert slots(connection) == 4
        withdraw(connection, "b")
        assert not seen(connection, "b")
        assert seen(connection, "a")


def test_who_falls_silent_is_gone(context):
    with context.database.write() as connection:
        announce(connection, "a", templates=[], **ABOUT)
        connection.execute(update(workers).values(seen=time.time() - SILENT - 5))
        assert present(connection) == []
        assert slots(connection) == 0
        assert seen(connection, "a")
        assert len(present(connection)) == 1
        connection.execute(update(workers).values(seen=time.time() - SILENT - 5))
        forget_silent(connection)
        assert not seen(connection, "a")
