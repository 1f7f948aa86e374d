from modelwright.cli.tasks_view import show_task, show_tasks
from modelwright.service.tasks.schemas import Problem, Task

TASK = Task(
    id="1",
    project="p",
    name="first",
    description="",
    template="T",
    chip="arm",
    framework="F",
    model_format="onnx",
    input="file:///in",
    output="file:///out",
    priority=4,
    settings={"out_nodes": "[bold]"},
    status="Failed",
    result="failed",
    created="c",
    created_by="me",
    started=None,
    finished=None,
    updated="u",
    run=1,
    attempt=1,
    stage=None,
    cached=False,
    cloned_from=None,
    error=Problem(code="MW-U201", message="no", hint="do", items=["Twist [x]"]),
)


def test_the_error_comes_first(capsys):
    show_task(TASK)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["error     MW-U201: no", "          - Twist [x]", "hint      do"]
    assert "setting   out_nodes = [bold]" in lines


def test_tables(capsys):
    show_tasks([TASK])
    show_tasks([])
    out = capsys.readouterr().out
    assert "first  Failed  failed  T         arm" in out
    assert "no tasks" in out
