from modelwright.service.console import example
from modelwright.service.projects.roles import Role


def test_one_button_makes_a_task_of_the_example(context, operator, asking):
    answer = operator.post("/example", {"csrf": operator.csrf("/tasks")})
    task = context.tasks.get(asking(), answer.headers["Location"].removeprefix("/tasks/"))
    assert (task.template, task.settings) == ("TF-SavedModel-To-TFLite", {"precision": "32bit", "batch_size": "5"})
    assert task.name in operator.get("/tasks").text
    assert operator.post("/example", {"csrf": operator.csrf("/tasks")}).status_code == 303


def test_an_installation_without_the_example_says_so(operator, signed_in, monkeypatch):
    monkeypatch.setattr(example, "_PLACES", ())
    assert "not part of this installation" in operator.get("/tasks").text
    assert operator.post("/example", {"csrf": operator.csrf("/tasks")}).status_code == 404
    browser = signed_in(Role.VIEWER)
    assert browser.post("/example", {"csrf": browser.csrf("/tasks")}).status_code == 403
