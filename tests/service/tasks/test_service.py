import pytest

from modelwright.client import TaskChanges
from modelwright.service.errors import BusyError, ExistsError, ForbiddenError, NotThereError, StateError
from modelwright.service.projects.roles import Role
from modelwright.service.tasks import repository
from modelwright.service.tasks.states import TaskStatus


def bring(context, task, status, **values):
    with context.database.write() as connection:
        assert repository.change(connection, task, status, **values)


def test_names_and_outputs_are_had_once(context, asking, new_task):
    made = context.tasks.create(asking(), new_task())
    assert (made.status, made.chip, made.run) == (TaskStatus.INITIALIZING, "general", 1)
    with pytest.raises(ExistsError, match="a task 'first'"):
        context.tasks.create(asking(), new_task(output=context.store.fresh_output("default")))
    with pytest.raises(ExistsError, match="another task writes to"):
        context.tasks.create(asking(), new_task(name="second"))


def test_idempotency(context, asking, new_task):
    first = context.tasks.create(asking(), new_task(), key="k")
    assert context.tasks.create(asking(), new_task(), key="k").id == first.id
    with pytest.raises(ExistsError, match="another request"):
        context.tasks.create(asking(), new_task(name="other"), key="k")


def test_roles(context, asking, new_task):
    viewer = asking(Role.VIEWER)
    task = context.tasks.create(asking(), new_task()).id
    assert context.tasks.get(viewer, task).name == "first"
    for act in (context.tasks.cancel, context.tasks.retry, context.tasks.delete):
        with pytest.raises(ForbiddenError):
            act(viewer, task)
    with pytest.raises(ForbiddenError):
        context.tasks.create(viewer, new_task(name="second"))
    with pytest.raises(NotThereError):
        context.tasks.get(asking(project="other"), task)


def test_what_is_not_over_stays(context, asking, new_task):
    task = context.tasks.create(asking(), new_task()).id
    with pytest.raises(BusyError, match="is Initializing and cannot be deleted"):
        context.tasks.delete(asking(), task)
    with pytest.raises(BusyError):
        context.tasks.retry(asking(), task)
    bring(context, task, TaskStatus.RUNNING)
    found = context.tasks.delete_many(asking(), [task, "no"])
    assert {name: problem.code for name, problem in found.kept.items()} == {task: "MW-S004", "no": "MW-S002"}


def test_cancel_retry_delete(context, asking, new_task):
    task = context.tasks.create(asking(), new_task()).id
    assert context.tasks.cancel(asking(), task).status is TaskStatus.CANCELED
    with pytest.raises(StateError):
        context.tasks.cancel(asking(), task)
    again = context.tasks.retry(asking(), task)
    assert (again.status, again.run) == (TaskStatus.INITIALIZING, 2)
    bring(context, task, TaskStatus.RUNNING)
    assert context.tasks.cancel(asking(), task).status is TaskStatus.RUNNING
    bring(context, task, TaskStatus.SUCCESSFUL)
    with pytest.raises(StateError):
        context.tasks.retry(asking(), task)
    context.tasks.delete(asking(), task)
    with pytest.raises(NotThereError):
        context.tasks.get(asking(), task)


def test_clone(context, asking, new_task):
    old = context.tasks.create(asking(), new_task(description="d", settings={"opset": "18"}))
    new = context.tasks.clone(asking(), old.id, TaskChanges(settings={"opset": 17}))
    assert (new.cloned_from, new.description, new.settings) == (old.id, "d", {"opset": "17"})
    assert new.output != old.output
    assert new.name.startswith("convert-")


def test_the_audit_trail(context, asking, new_task):
    from modelwright.service.audit.repository import entries

    task = context.tasks.create(asking(), new_task()).id
    context.tasks.cancel(asking(), task)
    context.tasks.delete(asking(), task)
    with context.database.read() as connection:
        rows = entries(connection, "default", before=None, limit=10)
    assert sorted(row.action for row in rows) == ["addConvert", "deleteConvert", "updateConvert"]
    assert {row.actor for row in rows} == {"tester"}
