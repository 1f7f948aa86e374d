import hashlib
import shlex
from pathlib import Path

import pytest

from modelwright.cli.main import main
from modelwright.client import NewTask
from modelwright.service.console.command_text import command_of


def test_the_command_gives_the_same_result(client, place):
    settings = {"batch_size": 2, "rtol": 0.001}
    new = NewTask(name="copied", template="Onnx-To-TFLite", **place("my copied folder"), settings=settings)
    task = client.wait(client.create_task(new).id, timeout=60)
    assert task.result == "verified"
    command = command_of(task, {})
    assert command.local
    output = Path(task.output.removeprefix("file://").replace("%20", " "))
    made = {item.name: item.sha256 for item in task.artifacts if not item.name.endswith(("report.json", "log.txt"))}
    assert set(made) == {"model/small.tflite", "model/config.json"}
    for name in made:
        (output / name).unlink()
    words = shlex.split(command.text)
    assert words[:4] == ["modelwright", "convert", "template", "Onnx-To-TFLite"]
    assert main(words[1:]) == 0
    assert {name: hashlib.sha256((output / name).read_bytes()).hexdigest() for name in made} == made


@pytest.fixture
def task(context, asking, new_task):
    """A task that nobody takes."""
    return context.tasks.create(asking(), new_task())


def test_words_are_quoted_and_interpreters_named(task):
    odd = task.model_copy(update={"settings": {"input_shape": "x y:1;z:2", "signature": "$(a)"}})
    words = shlex.split(command_of(odd, {"tf_python": "/env of mine/python"}).text)
    assert words[-3:] == ["--set", "input_shape=x y:1;z:2", "signature=$(a)"]
    assert words[words.index("--tf-python") + 1] == "/env of mine/python"
    assert words[words.index("--input") + 1] == task.input.removeprefix("file://")


def test_folders_of_object_storage(task):
    far = task.model_copy(update={"input": "obs://bucket/models/net/", "output": "obs://bucket/out"})
    command = command_of(far, {})
    assert not command.local
    assert command.text.endswith(" --input net --output out")
