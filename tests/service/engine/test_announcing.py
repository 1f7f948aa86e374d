import time

import pytest

from modelwright.service.engine import announcing
from modelwright.service.engine.announcing import Announcer, Worker
from modelwright.service.engine.presence import present, withdraw
from modelwright.service.engine.toolchains import Toolchain


@pytest.fixture
def rows(context):
    def read():
        with context.database.read() as connection:
            return present(connection)

    return read


def wait(condition):
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def test_a_worker_tells_what_it_has_until_it_ends(context, rows, monkeypatch):
    atc = Toolchain(name="ATC", version="8.0", path="/atc")
    monkeypatch.setattr(announcing, "look", lambda variables, python: (atc,))
    monkeypatch.setattr(announcing, "_EVERY", 0.02)
    worker = Worker(name="me", engine="celery", queues=["ascend"], slots=3)
    announcer = Announcer(context.database, worker, {}, {})
    announcer.start()
    assert [(row.name, row.slots, row.queues) for row in rows()] == [("me", 3, ["ascend"])]
    wait(lambda: rows()[0].toolchains)
    assert rows()[0].toolchains == [{"name": "ATC", "version": "8.0", "path": "/atc"}]
    assert "Caffe-To-Ascend" in rows()[0].templates
    with context.database.write() as connection:
        withdraw(connection, "me")  # as who thinks that it is gone
    wait(rows)
    assert rows()[0].toolchains
    announcer.stop()
    assert rows() == []
