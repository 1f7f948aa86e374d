from dataclasses import replace

from modelwright.service.tasks import repository
from modelwright.service.tasks.repository import TaskQuery
from modelwright.service.tasks.states import TaskStatus


def test_pages_meet(context, asking, new_task):
    names = ["bb", "aa", "dd", "cc", "ee"]
    for name in names:
        context.tasks.create(asking(), new_task(name=name, output=context.store.fresh_output("default")))
    for by_name in (True, False):
        for descending in (True, False):
            query = TaskQuery(project="default", by_name=by_name, descending=descending, limit=2)
            found = []
            while rows := context.tasks.find(query):
                found += [row.name for row in rows]
                key = rows[-1].name if by_name else rows[-1].created
                query = replace(query, after=(key, rows[-1].id))
            assert sorted(found) == sorted(names)
            if by_name:
                assert found == sorted(names, reverse=descending)


def test_filters(context, asking, new_task):
    context.tasks.create(asking(), new_task(name="aa", description="100% done"))
    assert [row.name for row in context.tasks.find(TaskQuery(project="default", search="0% D"))] == ["aa"]
    assert context.tasks.find(TaskQuery(project="default", search="1__%")) == []
    assert context.tasks.find(TaskQuery(project="default", status=(TaskStatus.FAILED,))) == []
    assert context.tasks.find(TaskQuery(project="default", chip="arm", template="Onnx-To-Onnx")) == []
    assert context.tasks.find(TaskQuery(project="other")) == []
    with context.database.read() as connection:
        assert repository.counts(connection) == {"Initializing": 1}


def test_only_states_that_may_follow(context, asking, new_task):
    task = context.tasks.create(asking(), new_task()).id
    with context.database.write() as connection:
        assert not repository.change(connection, task, TaskStatus.SUCCESSFUL)
        assert repository.change(connection, task, TaskStatus.RUNNING)
        assert repository.change(connection, task, TaskStatus.FAILED)
        assert not repository.change(connection, task, TaskStatus.RUNNING)
