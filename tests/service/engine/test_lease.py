import time

from modelwright.service.engine.lease import Leases, close
from modelwright.service.tasks.states import TaskStatus


def test_a_task_is_taken_once(context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    first, second = Leases(context.database, "a", 30), Leases(context.database, "b", 30)
    claim = first.take()
    assert (claim.row.id, claim.row.status, claim.row.attempt, claim.row.holder) == (task.id, "Running", 1, "a")
    assert second.take() is None
    assert first.beat(claim, [{"time": "", "level": "info", "stage": "s", "message": "m"}], "export") == (True, False)
    assert context.tasks.get(asking(), task.id).stage == "export"
    context.tasks.cancel(asking(), task.id)
    assert first.beat(claim) == (True, True)
    with context.database.write() as connection:
        assert close(connection, claim, TaskStatus.CANCELED, {})
        assert not close(connection, claim, TaskStatus.SUCCESSFUL, {})
    assert context.tasks.get(asking(), task.id).status is TaskStatus.CANCELED


def test_a_lost_task_is_taken_again(context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    dead = Leases(context.database, "dead", 0.02)
    old = dead.take()
    time.sleep(0.03)
    new = Leases(context.database, "b", 30).take()
    assert (new.row.id, new.row.attempt) == (task.id, 2)
    assert dead.beat(old) == (False, False)
    assert not dead.again(old, 2, "died")
    with context.database.write() as connection:
        assert not close(connection, old, TaskStatus.FAILED, {})
    assert context.tasks.get(asking(), task.id).status is TaskStatus.RUNNING


def test_the_oldest_first(context, asking, new_task):
    for name in ("bb", "aa"):
        context.tasks.create(asking(), new_task(name=name, output=context.store.fresh_output("default")))
    leases = Leases(context.database, "a", 30)
    assert [leases.take().row.name, leases.take().row.name, leases.take()] == ["bb", "aa", None]


def test_after_a_restart_nobody_waits_for_the_dead(context, asking, new_task):
    context.tasks.create(asking(), new_task())
    Leases(context.database, "dead", 300).take()
    leases = Leases(context.database, "b", 30)
    assert leases.take() is None
    leases.end_all()
    assert leases.take().row.attempt == 2


def test_a_lost_one_before_those_that_wait(context, asking, new_task):
    for name in ("aa", "bb"):
        context.tasks.create(asking(), new_task(name=name, output=context.store.fresh_output("default")))
    Leases(context.database, "alive", 30).take()
    Leases(context.database, "dead", 0.0).take()
    time.sleep(0.01)
    leases = Leases(context.database, "b", 30)
    context.tasks.create(asking(), new_task(name="cc", output=context.store.fresh_output("default")))
    assert [leases.take().row.name, leases.take().row.name, leases.take()] == ["bb", "cc", None]
