from browsing import HTMX

from modelwright.service.projects.roles import Role
from modelwright.service.tasks import repository


def test_a_tasks_page(context, operator, asking, new_task):
    task = context.tasks.create(asking(), new_task(settings={"batch_size": 2}, description="a small net"))
    page = operator.get(f"/tasks/{task.id}").text
    for text in (
        "first",
        "a small net",
        "Onnx-To-Onnx",
        task.input,
        task.output,
        "batch_size",
        "Initializing",
        "by tester",
        "--set batch_size=2",
        f"/tasks/{task.id}/graph/source",
        f"/tasks/new?clone={task.id}",
        f'action="/tasks/{task.id}/cancel"',
        f'hx-get="/tasks/{task.id}/status?known=Initializing.1"',
    ):
        assert text in page
    for text in (f'action="/tasks/{task.id}/retry"', 'action="/tasks/delete"', f"/tasks/{task.id}/graph/result"):
        assert text not in page


def test_the_last_error_is_on_top(context, operator, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    with context.database.write() as connection:
        error = {"code": "MW-X", "message": "<b>no</b>", "hint": "<i>do</i>", "node": "n<1>", "items": ["<u>one</u>"]}
        repository.note(connection, task.id, status="Failed", result="failed", error=error)
    page = operator.get(f"/tasks/{task.id}").text
    for text in ("MW-X", "&lt;b&gt;no&lt;/b&gt;", "&lt;i&gt;do&lt;/i&gt;", "&lt;u&gt;one&lt;/u&gt;", "n&lt;1&gt;"):
        assert text in page
    assert page.index("MW-X") < page.index('id="log-title"')
    for text in (f'action="/tasks/{task.id}/retry"', 'action="/tasks/delete"', "data-over"):
        assert text in page
    assert "every 2s" not in page


def test_what_changes(context, operator, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    path = f"/tasks/{task.id}/status"
    part = operator.get(f"{path}?known=Initializing.1", headers=HTMX).text
    assert "<html" not in part
    assert "hx-swap-oob" not in part
    with context.database.write() as connection:
        repository.note(connection, task.id, status="Running", stage="import")
    part = operator.get(f"{path}?known=Initializing.1", headers=HTMX).text
    assert f"{path}?known=Running.1" in part
    for text in ('id="actions" hx-swap-oob="true"', 'id="outcome" hx-swap-oob="true"', "first: Running", "· import"):
        assert text in part
    with context.database.write() as connection:
        repository.note(connection, task.id, status="Successful", result="planned")
    part = operator.get(f"{path}?known=Running.1", headers=HTMX).text
    assert "every 2s" not in part
    context.tasks.delete(asking(), task.id)
    gone = operator.get(f"{path}?known=Running.1", headers=HTMX)
    assert gone.status_code == 286
    assert "This task was deleted." in gone.text


def test_viewers_cannot_change_anything(context, signed_in, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    page = signed_in(Role.VIEWER).get(f"/tasks/{task.id}").text
    for text in ("/cancel", "/tasks/delete", "?clone="):
        assert text not in page
    assert "As a command line" in page


def test_a_task_that_is_not_there(operator):
    for path in ("", "/status", "/log", "/recipe", "/recipe.json", "/graph/source", "/input/x"):
        answer = operator.get(f"/tasks/nothing{path}")
        assert answer.status_code == 404
        assert "That did not work" in answer.text
