import json
import re
import zipfile

import pytest


@pytest.fixture
def tasks(call, live, project, monkeypatch, tmp_path):
    monkeypatch.setenv("MODELWRIGHT_SERVER", live[1])
    monkeypatch.setenv("MODELWRIGHT_TOKEN", project[1])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return lambda *argv: call("tasks", *argv)


def test_a_task_from_the_command_line(tasks, write_onnx, tmp_path):
    (tmp_path / "in").mkdir()
    write_onnx(name="in/net.onnx")
    folder = tmp_path / "in"
    made = tasks("create", "onnx-to-onnx", "--name", "first", "-i", folder, "--set", "batch_size=2", "--wait")
    assert made.code == 0, made.err
    assert "status    Successful, verified" in made.out
    assert re.search(r"artifact  model/net.onnx  \d+ bytes", made.out)
    assert "first  Successful  verified" in tasks("list", "--status", "successful").out
    assert json.loads(tasks("show", "first", "--json").out)["settings"] == {"batch_size": "2"}
    assert "input tensor x: float32[2, 3, 8, 8]" in tasks("log", "first", "--search", "x: float32[2", "-f").out
    assert "net.onnx" in tasks("download", "first", "-o", tmp_path / "down").out
    assert "batch_size = 3" in tasks("clone", "first", "--name", "second", "--set", "batch_size=3").out
    tasks("log", "second", "--follow")
    done = tasks("delete", "first", "second")
    assert (done.code, done.out) == (0, "deleted  first\ndeleted  second\n")
    assert "no tasks" in tasks("list").out


def test_what_goes_wrong(tasks, tmp_path, write_onnx):
    assert "no task 'nothing'" in tasks("show", "nothing").err
    assert "the states are Initializing" in tasks("list", "--status", "done").err
    for part in ("cancel", "retry"):
        assert tasks(part, "nothing").code == 2
    (tmp_path / "in").mkdir()
    write_onnx(name="in/net.onnx")
    wrong = tasks("create", "Onnx-To-Onnx", "-i", tmp_path / "in", "--name", "X", "--set", "opset=1")
    assert wrong.code == 2
    assert "MW-S001: 2 things are not as the specification says" in wrong.err
    assert "settings.opset: 1 is out of range" in wrong.err
    failed = tasks("create", "Onnx-To-Ascend-TBE", "-i", tmp_path / "in", "--name", "fails", "--wait")
    assert failed.code == 3
    assert failed.out.startswith("error     MW-U001")


def test_signing_in(tasks, live):
    link = f"{live[1]}/sign-in?code={live[0].projects.first_sign_in(5)}"
    assert tasks("sign-in", link).out == f"signed in at {live[1]}\n"
    assert tasks("sign-in", link).code == 2


def test_more_that_can_be_done_with_tasks(tasks, write_onnx, tmp_path):
    (tmp_path / "in").mkdir()
    write_onnx(name="in/net.onnx")
    source = tasks("upload", tmp_path / "in").out.strip()
    assert "net.onnx" in tasks("storage", source).out
    tasks("create", "Onnx-To-Onnx", "--name", "one", "-i", source)
    assert "Successful" in tasks("wait", "one", "--timeout", "60").out
    assert tasks("retry", "one", "--wait").code == 2
    asked = ("--priority", "9", "--name", "two", "--template", "Onnx-To-MindIR", "--description", "other", "--wait")
    again = tasks("clone", "one", *asked)
    assert "template  Onnx-To-MindIR" in again.out
    assert "priority  9" in again.out
    names = [line.split()[0] for line in tasks("list", "--sort", "name", "--order", "desc").out.splitlines()]
    assert names == ["name", "two", "one"]
    assert "two" not in tasks("list", "--template", "Onnx-To-Onnx").out
    assert "no tasks" in tasks("list", "--chip", "gpu").out
    assert tasks("log", "one", "--level", "error").out == ""
    one = tasks("download", "one", "-o", tmp_path / "d", "--name", "job_log.txt")
    assert one.out == f"{tmp_path}/d/job_log.txt\n"
    assert "no artifact 'x'; " in tasks("download", "one", "-o", tmp_path / "d", "--name", "x").err.replace("\n", "; ")
    assert tasks("download", "one", "-o", tmp_path / "a.zip", "--archive").out == f"{tmp_path}/a.zip\n"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "job_log.txt" in archive.namelist()
    assert tasks("download", "one", "-o", "x", "--archive", "--name", "y").code == 2
