import json
import re

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
