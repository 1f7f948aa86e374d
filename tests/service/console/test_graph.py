from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import Browser

from modelwright.client import NewTask
from modelwright.service.console import graph
from modelwright.service.projects.roles import Role


@pytest.fixture
def browser(live, project):
    """A browser of the live service, signed in to the project."""
    found = Browser(live[0])
    found.sign_in(project[1])
    return found


@pytest.fixture
def task(client, place):
    """A task that is done."""
    new = NewTask(name="drawn", template="Onnx-To-Onnx", **place("drawn"), settings={"verify": False})
    return client.wait(client.create_task(new).id, timeout=60)


def test_both_graphs(browser, task):
    page = browser.get(f"/tasks/{task.id}/graph/source").text
    assert 'data-src="/viewer/frame.html"' in page
    assert 'data-name="small.onnx"' in page
    assert f'data-base="/tasks/{task.id}/input/"' in page
    assert "allow-same-origin" not in page
    page = browser.get(f"/tasks/{task.id}/graph/result").text
    assert 'data-name="model/small.onnx"' in page
    assert f'data-base="/v1/tasks/{task.id}/artifacts/"' in page
    assert "float32 [N, 4]" in page.replace("</span>", "")
    for path in ("graph/other", "graph/source?file=other.onnx"):
        assert browser.get(f"/tasks/{task.id}/{path}").status_code == 404


def test_files_of_the_input_folder(browser, task):
    folder = Path(task.input.removeprefix("file://"))
    answer = browser.get(f"/tasks/{task.id}/input/small.onnx")
    assert answer.content == (folder / "small.onnx").read_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (folder / ".hidden").write_text("x", encoding="utf-8")
    for name in ("nothing", ".hidden", "../out-drawn", quote("../../default", safe=""), ""):
        assert browser.get(f"/tasks/{task.id}/input/{name}").status_code == 404
    (folder / "link.onnx").symlink_to("/etc/passwd")
    assert browser.get(f"/tasks/{task.id}/input/link.onnx").status_code == 404
    (folder / "link.onnx").unlink()
    (folder / "small.onnx").unlink()
    assert browser.get(f"/tasks/{task.id}/input/small.onnx").status_code == 404
    assert browser.get(f"/tasks/{task.id}/graph/source").status_code == 404


def test_another_project_sees_nothing_of_it(context, signed_in, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    browser = signed_in(Role.ADMIN, "other")
    for path in ("graph/source", "graph/result", "input/small.onnx", "log", "recipe", "recipe.json"):
        assert browser.get(f"/tasks/{task.id}/{path}").status_code == 404
    assert Browser(context).get(f"/tasks/{task.id}/input/small.onnx").status_code == 303


def test_without_netron_the_page_says_so(operator, context, asking, new_task, monkeypatch):
    monkeypatch.setattr(graph, "viewer_folder", lambda: None)
    page = operator.get(f"/tasks/{context.tasks.create(asking(), new_task()).id}/graph/source").text
    assert "Graphs are drawn by Netron, which is not installed here" in page
    assert "<iframe" not in page
