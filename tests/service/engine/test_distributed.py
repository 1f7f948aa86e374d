import time

import pytest

from modelwright.service.engine.distributed import CeleryEngine
from modelwright.service.engine.lease import Leases
from modelwright.service.engine.presence import announce
from modelwright.service.errors import UnavailableError
from modelwright.service.tasks.repository import note


class Memory:
    """A broker in memory."""

    def __init__(self):
        self.queues = {}
        self.down = False
        self.closed = False

    def send(self, task, queue, priority):
        if self.down:
            raise UnavailableError("down")
        self.queues.setdefault(queue, []).append((task, priority))

    def waiting(self, queue):
        if self.down:
            raise UnavailableError("down")
        return len(self.queues.get(queue, ()))

    def close(self):
        self.closed = True


@pytest.fixture
def broker():
    return Memory()


@pytest.fixture
def engine(context, broker):
    return CeleryEngine(context.database, broker)


@pytest.fixture
def make(context, asking, new_task):
    def new(name, **changes):
        output = context.store.fresh_output("default")
        return context.tasks.create(asking(), new_task(name=name, output=output, **changes)).id

    return new


def sent_long_ago(context, *tasks):
    with context.database.write() as connection:
        for task in tasks:
            note(connection, task, submitted=time.time() - 60)


def test_each_open_task_has_a_message(engine, broker, make):
    tasks = [make("aa", priority=2), make("bb", priority=7), make("cc", template="Onnx-To-TensorRT")]
    engine.sweep()
    assert broker.queues == {"cpu": [(tasks[1], 7), (tasks[0], 2)], "gpu": [(tasks[2], 4)]}
    engine.sweep()
    assert sum(map(len, broker.queues.values())) == 3


def test_what_was_lost_is_sent_again(engine, broker, make, context):
    tasks = [make("aa"), make("bb"), make("cc")]
    engine.sweep()
    broker.queues["cpu"].clear()
    engine.sweep()
    assert broker.queues["cpu"] == []  # it may still be on its way to a worker
    sent_long_ago(context, *tasks)
    broker.queues["cpu"] = [("one that was canceled", 4)]
    engine.sweep()
    assert [task for task, _ in broker.queues["cpu"][1:]] == tasks[:2]
    broker.queues["cpu"].clear()
    sent_long_ago(context, *tasks)
    engine.sweep()
    assert [task for task, _ in broker.queues["cpu"]] == tasks


def test_a_task_whose_worker_is_gone_is_sent_again(engine, broker, make, context):
    task = make("aa")
    engine.sweep()
    dead = Leases(context.database, "dead", 0.05)
    dead.take(task)
    broker.queues.clear()
    sent_long_ago(context, task)
    time.sleep(0.1)
    engine.sweep()
    assert broker.queues["cpu"] == [(task, 4)]
    assert Leases(context.database, "b", 30).take(task).row.attempt == 2
    broker.queues.clear()
    sent_long_ago(context, task)
    engine.sweep()
    assert not any(broker.queues.values())


def test_a_broker_that_is_down_loses_nothing(engine, broker, make, context, caplog):
    engine.start()
    try:
        broker.down = True
        task = make("aa")
        engine.submit(task)
        until = time.monotonic() + 20
        while "down" not in caplog.text and time.monotonic() < until:
            time.sleep(0.05)
        assert "tasks could not be handed out: down" in caplog.text
        broker.down = False
        sent_long_ago(context, task)
        while not broker.queues.get("cpu") and time.monotonic() < until:
            time.sleep(0.05)
        assert broker.queues["cpu"] == [(task, 4)]
        second = make("bb")
        engine.submit(second)
        while len(broker.queues["cpu"]) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert broker.queues["cpu"][1] == (second, 4)
    finally:
        engine.stop()
    assert broker.closed


def test_slots_are_the_workers(engine, context):
    about = {"engine": "celery", "queues": ["cpu"], "toolchains": [], "templates": [], "version": "1", "started": ""}
    assert engine.slots == 0
    with context.database.write() as connection:
        announce(connection, "a", slots=3, **about)
        announce(connection, "b", slots=4, **about)
    assert engine.slots == 7
    engine.cancel("nothing to do here")
