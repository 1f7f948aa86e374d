from browsing import HTMX

from modelwright.service.tasks import repository


def test_a_tasks_page(context, operator, asking, new_task):
    task = context.tasks.create(asking(), new_task(settings={"batch_size": 2}))
    page = operator.get(f"/tasks/{task.id}").text
    for text in ("first", "Onnx-To-Onnx", task.input, task.output, "batch_size", "Initializing", "by tester"):
        assert text in page
    assert f'hx-get="/tasks/{task.id}/status"' in page
    with context.database.write() as connection:
        error = {"code": "MW-X", "message": "<b>no</b>", "hint": "<i>do</i>", "node": "", "items": ["<u>one</u>"]}
        repository.note(connection, task.id, status="Failed", error=error)
    part = operator.get(f"/tasks/{task.id}/status", headers=HTMX).text
    assert "hx-get" not in part
    for text in ("&lt;b&gt;no&lt;/b&gt;", "&lt;i&gt;do&lt;/i&gt;", "&lt;u&gt;one&lt;/u&gt;", "Failed"):
        assert text in part


def test_a_task_that_is_not_there(operator):
    answer = operator.get("/tasks/nothing")
    assert answer.status_code == 404
    assert "That did not work" in answer.text
