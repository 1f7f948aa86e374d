import sys

import pytest

from modelwright.errors import ToolMissingError
from modelwright.service.engine.broker import Broker, celery_app, hard_limit
from modelwright.service.errors import UnavailableError
from modelwright.service.settings import ServiceSettings


def settings(broker, **values):
    return ServiceSettings(broker=broker, **values)


def test_messages_wait_in_the_queue_of_their_chip():
    broker = Broker(settings("memory://"))
    for task, queue in (("a", "gpu"), ("b", "gpu"), ("c", "cpu")):
        broker.send(task, queue, 4)
    assert [broker.waiting(name) for name in ("ascend", "gpu", "cpu")] == [0, 2, 1]
    broker.close()


@pytest.mark.parametrize(("url", "urgent"), [("redis://h", 2), ("amqp://h//", 7)])
def test_priorities_as_each_broker_counts_them(url, urgent, monkeypatch):
    broker = Broker(settings(url))
    sent = []
    monkeypatch.setattr(broker._app, "send_task", lambda name, **said: sent.append((name, said)))
    broker.send("t", "arm", 7)
    name, said = sent[0]
    assert (name, said["args"], said["queue"], said["priority"]) == (
        "modelwright.run",
        ["t"],
        "modelwright.arm",
        urgent,
    )


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9", "amqp://127.0.0.1:9//"])
def test_a_broker_that_does_not_answer(url):
    broker = Broker(settings(url))
    with pytest.raises(UnavailableError, match="the broker does not answer"):
        broker.waiting("cpu")
    with pytest.raises(UnavailableError, match="the broker does not answer"):
        broker.send("t", "cpu", 4)


def test_messages_are_given_back_when_a_worker_is_lost():
    found = celery_app(settings("memory://", wall_seconds=100)).conf
    assert found.task_acks_late
    assert found.task_reject_on_worker_lost
    assert found.task_time_limit == hard_limit(settings("", wall_seconds=100)) == 800
    assert found.worker_prefetch_multiplier == 1


def test_what_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "celery", None)
    with pytest.raises(ToolMissingError, match="celery is not installed"):
        celery_app(settings("memory://"))
