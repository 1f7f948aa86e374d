from concurrent.futures import ThreadPoolExecutor

import pytest

from modelwright.service.errors import ExistsError, InvalidRequestError
from modelwright.service.projects.roles import Role
from modelwright.service.tasks.repository import TaskQuery


def test_one_key_one_task_however_many_ask_at_the_same_time(context, asking, new_task):
    new = new_task()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: context.tasks.create(asking(), new, key="k").id, range(16)))
    assert len(set(made)) == 1
    assert [row.id for row in context.tasks.find(TaskQuery(project="default"))] == made[:1]


def test_a_key_is_for_one_request_and_one_project(context, asking, new_task):
    new = new_task()
    made = context.tasks.create(asking(), new, key="k")
    assert context.tasks.create(asking(Role.ADMIN), new, key="k").id == made.id
    with pytest.raises(ExistsError, match="was used for another request"):
        context.tasks.create(asking(), new_task(description="other"), key="k")
    own = context.store.own("other")
    (own / "in").mkdir()
    (own / "in/small.onnx").write_bytes((context.store.own("default") / "in/small.onnx").read_bytes())
    there = new_task(input=(own / "in").as_uri(), output=(own / "out").as_uri())
    assert context.tasks.create(asking(project="other"), there, key="k").id != made.id


def test_a_key_does_not_bring_back_what_was_deleted(context, asking, new_task):
    new = new_task()
    made = context.tasks.create(asking(), new, key="k")
    context.tasks.cancel(asking(), made.id)
    context.tasks.delete(asking(), made.id)
    with pytest.raises(ExistsError, match="was deleted"):
        context.tasks.create(asking(), new, key="k")


def test_a_request_that_is_refused_uses_no_key_up(context, asking, new_task):
    with pytest.raises(InvalidRequestError):
        context.tasks.create(asking(), new_task(name="-"), key="k")
    assert context.tasks.create(asking(), new_task(), key="k").name == "first"
