from types import SimpleNamespace

from modelwright.service.console.task_files import input_names, read_artifact
from modelwright.service.tasks.schemas import Artifact, Task


def test_artifacts_that_are_what_was_written(context, asking, new_task):
    visit = SimpleNamespace(context=context, principal=asking())
    made = context.tasks.create(asking(), new_task())
    folder = context.store.own("default") / "out"
    folder.mkdir()
    (folder / "a.json").write_text("{}", encoding="utf-8")
    (folder / "changed.json").write_text("{} ", encoding="utf-8")
    (folder / "link.json").symlink_to(context.store.own("default") / "in" / "small.onnx")
    names = ("a.json", "changed.json", "link.json", "gone.json")
    artifacts = [Artifact(name=name, bytes=2, sha256="0") for name in names]
    task = Task.model_validate(made.model_dump() | {"artifacts": artifacts})
    assert read_artifact(visit, task, "a.json", 2) == b"{}"
    assert read_artifact(visit, task, "a.json", 1) is None
    for name in ("changed.json", "link.json", "gone.json", "other.json"):
        assert read_artifact(visit, task, name, 100) is None


def test_the_input_folder_as_it_is_now(context, asking, new_task):
    visit = SimpleNamespace(context=context, principal=asking())
    task = context.tasks.create(asking(), new_task())
    assert input_names(visit, task) == ("small.onnx",)
    gone = task.model_copy(update={"input": task.input + "-gone"})
    assert input_names(visit, gone) == ()
    assert input_names(visit, task.model_copy(update={"input": "file:///etc"})) == ()
