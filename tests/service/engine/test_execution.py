import json
from pathlib import Path

import pytest

from modelwright.service.engine.execution import Execution
from modelwright.service.engine.process import Ended, Worker
from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.publishing import read_manifest
from modelwright.service.tasks.states import TaskStatus

GOOD = {"result": "verified", "error": None, "stages": [], "summary": {}}


@pytest.fixture
def execute(context, asking, new_task, monkeypatch):
    """Runs the only task with workers that do as told; gives the task and its output folder."""

    def run(*acts, task=None, **changes):
        found = task or context.tasks.create(asking(), new_task(**changes))
        acts = list(acts)

        def act(self, request, *, hear, tick):
            del tick
            hear("log", {"time": "t", "level": "info", "stage": "import", "message": "at work"})
            return acts.pop(0)(self._folder.parent / request["output"])

        monkeypatch.setattr(Worker, "run", act)
        means = context.engine._means
        claim = means.leases.take()
        Execution(means, claim).run()
        assert not acts
        assert not list(means.work.iterdir()) if means.work.exists() else True
        return context.tasks.get(asking(), found.id), Path(found.output.removeprefix("file://"))

    return run


def gives(text="data", **answer):
    def act(output):
        (output / "model").mkdir()
        (output / "model/a.onnx").write_text(text)
        (output / "job_log.txt").write_text("log")
        return Ended(answer={**GOOD, **answer}, code=0, reason="", said="")

    return act


def dies(code=-9, reason="", said=""):
    return lambda output: Ended(answer=None, code=code, reason=reason, said=said)


def test_success(execute, context):
    task, output = execute(gives())
    assert (task.status, task.result, task.attempt) == ("Successful", "verified", 1)
    assert (output / "model/a.onnx").read_text() == "data"
    assert [item.name for item in task.artifacts] == ["job_log.txt", "model/a.onnx"]
    assert read_manifest(LocalPlace(path=output), task.id, 1).ending["status"] == "Successful"


def test_a_worker_that_dies_is_tried_again(execute):
    task, _ = execute(dies(), dies(), gives())
    assert (task.status, task.attempt) == ("Successful", 3)


def test_but_not_for_ever(execute):
    task, output = execute(*[dies()] * 5)
    assert (task.status, task.error.code) == ("Failed", "MW-T001")
    assert "MW-T001" in (output / "job_log.txt").read_text()


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (dies(code=1, said="Traceback\nKeyError: 'x'"), "MW-I001"),
        (dies(reason="time"), "MW-T002"),
        (dies(reason="memory"), "MW-T001"),
    ],
)
def test_what_would_happen_again_is_not_tried_again(execute, ended, code):
    task, _ = execute(ended)
    assert (task.status, task.error.code) == ("Failed", code)


def test_canceled(execute):
    task, output = execute(dies(reason="canceled"))
    assert task.status is TaskStatus.CANCELED
    assert not output.exists()


def test_a_lost_lease_leaves_all_to_others(execute):
    task, output = execute(dies(reason="lost"))
    assert task.status is TaskStatus.RUNNING
    assert not output.exists()


def test_a_plan_is_no_success(execute):
    task, output = execute(gives(result="planned"))
    assert (task.status, task.result, task.error.code) == ("Failed", "planned", "MW-T003")
    assert (output / "model/a.onnx").exists()


def test_a_committed_manifest_is_what_counts(execute, context, asking, monkeypatch):
    from modelwright.service.engine import execution

    monkeypatch.setattr(execution.Execution, "_close", lambda *_: None)
    task, output = execute(gives("first"))
    assert task.status is TaskStatus.RUNNING
    monkeypatch.undo()
    with context.database.write() as connection:
        from modelwright.service.tasks.repository import note

        note(connection, task.id, lease_until=0.0)
    (output / "model/a.onnx").rename(output / ".modelwright/lost")
    task, output = execute(task=task)
    assert (task.status, task.attempt) == ("Successful", 2)


def test_the_input_is_gone(execute, context, asking, new_task):
    import shutil

    task = context.tasks.create(asking(), new_task())
    shutil.rmtree(context.store.own("default") / "in")
    task, output = execute(task=task)
    assert (task.status, task.error.code) == ("Failed", "MW-U101")
    manifest = json.loads(next((output / ".modelwright").glob("*.json")).read_text())
    assert manifest["ending"]["error"]["code"] == "MW-U101"


def test_the_output_cannot_be_written(execute, context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    (context.store.own("default") / "out").write_text("a file is in the way")
    task, _ = execute(gives(), task=task)
    assert (task.status, task.error.code) == ("Failed", "MW-U301")


def test_the_cache(execute, context):
    execute(gives())
    task, output = execute(name="second", output=context.store.fresh_output("default"))
    assert (task.status, task.cached, task.result) == ("Successful", True, "verified")
    assert (output / "model/a.onnx").read_text() == "data"
    task, _ = execute(gives(), name="third", output=context.store.fresh_output("default"), settings={"opset": 18})
    assert not task.cached


def test_an_output_folder_that_is_not_allowed_any_more(execute, context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    (context.store.own("default") / "out").symlink_to("/etc")
    task, _ = execute(task=task)
    assert (task.status, task.error.code) == ("Failed", "MW-S007")


def test_what_is_under_way_when_the_service_ends_is_left(execute, context):
    context.engine._means.stopping.set()
    task, output = execute(dies())
    assert (task.status, task.attempt) == ("Running", 1)
    assert not output.exists()
