import json
import shutil
from pathlib import Path

import pytest
from browsing import Browser

from modelwright.cli.main import main
from modelwright.client import NewTask


@pytest.fixture
def browser(live, project):
    """A browser of the live service, signed in to the project."""
    found = Browser(live[0])
    found.sign_in(project[1])
    return found


def test_the_recipe_gives_the_same_result_elsewhere(browser, client, place, tmp_path, monkeypatch):
    new = NewTask(name="carried", template="Onnx-To-TFLite", **place("carried"), settings={"batch_size": 3})
    task = client.wait(client.create_task(new).id, timeout=60)
    answer = browser.get(f"/tasks/{task.id}/recipe.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="carried.recipe.json"'
    recipe = json.loads(answer.text)
    assert (recipe["source"]["path"], recipe["output"]["path"]) == ("input/small.onnx", "output/model/small.tflite")
    page = browser.get(f"/tasks/{task.id}/recipe").text
    assert "input/small.onnx" in page
    (tmp_path / "carried.recipe.json").write_text(answer.text, encoding="utf-8")
    shutil.copytree(task.input.removeprefix("file://"), tmp_path / "input")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "carried.recipe.json"]) == 0
    before = Path(task.output.removeprefix("file://"), "model", "small.tflite").read_bytes()
    assert (tmp_path / "output" / "model" / "small.tflite").read_bytes() == before


def test_a_task_without_a_report(operator, context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    for path in ("recipe", "recipe.json"):
        answer = operator.get(f"/tasks/{task.id}/{path}")
        assert answer.status_code == 404
        assert "has no report" in answer.text


def test_a_report_that_somebody_changed(browser, client, place):
    new = NewTask(name="changed", template="Onnx-To-Onnx", **place("changed"), settings={"verify": False})
    task = client.wait(client.create_task(new).id, timeout=60)
    report = Path(task.output.removeprefix("file://"), "model", "small.report.json")
    size = report.stat().st_size
    for text in ("no json", "[]", '{"recipe": 3}', '{"recipe": {"source": {"path": "a", "b": 1}, "verify": 3}}'):
        report.write_text(text.ljust(size), encoding="utf-8")
        answer = browser.get(f"/tasks/{task.id}/recipe")
        assert answer.status_code == 404
        assert "holds no recipe any more" in answer.text
    report.write_text("shorter", encoding="utf-8")
    assert "has no report" in browser.get(f"/tasks/{task.id}/recipe").text
