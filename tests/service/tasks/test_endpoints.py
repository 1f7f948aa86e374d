import httpx
import pytest

from modelwright.client import NewTask, TaskChanges
from modelwright.service.errors import ExistsError, InvalidRequestError, NotThereError

BROKEN = '<ir_version: 8, opset_import: ["" : 17, "my" : 1]> g (float[1, 4] x) => (float[1, 4] y) { y = my.Twist (x) }'


def test_a_task_that_fails_says_why_and_can_be_cloned(client, place):
    where = place("fails", BROKEN)
    task = client.create_task(NewTask(name="fails", template="Onnx-To-Ascend-TBE", **where))
    task = client.wait(task.id, timeout=60)
    assert (task.status, task.result, task.error.code) == ("Failed", "failed", "MW-V003")
    assert {item.name for item in task.artifacts} >= {"job_log.txt", "eval_report.json"}
    assert any("MW-V003" in line.message and line.level == "error" for line in client.log(task.id))
    again = client.retry(task.id)
    assert again.run == 2
    again = client.wait(task.id, timeout=60)
    assert (again.status, again.attempt) == ("Failed", 1)
    clone = client.clone(task.id, TaskChanges(name="better", template="Onnx-To-Onnx", settings={"verify": False}))
    assert client.wait(clone.id, timeout=60).cloned_from == task.id
    assert [item.name for item in client.tasks(sort="name")] == ["better", "fails"]
    answer = client.delete([task.id, clone.id, "nothing"])
    assert set(answer.deleted) == {task.id, clone.id}
    assert answer.kept["nothing"].code == "MW-S002"


def test_create_refuses_and_repeats(client, place):
    where = place("keyed")
    new = NewTask(name="keyed", template="Onnx-To-MindIR", **where, settings={"verify": "false"})
    made = client.create_task(new, key="once")
    assert client.create_task(new, key="once").id == made.id
    with pytest.raises(ExistsError):
        client.create_task(new)
    with pytest.raises(InvalidRequestError) as caught:
        client.create_task(NewTask(name="x"))
    assert "name: 'x' is no name of a task" in caught.value.message
    with pytest.raises(NotThereError):
        client.task("no")


def test_pages(live, project, client, place):
    for number in range(3):
        client.create_task(NewTask(name=f"page{number}", template="Onnx-To-Onnx", **place(f"page{number}")))
    for task in client.tasks():
        if not task.status.over:
            client.wait(task.id, timeout=60)
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {project[1]}"}) as http:
        first = http.get("/v1/tasks", params={"limit": 2, "sort": "name", "order": "desc"}).json()
        assert [item["name"] for item in first["items"]] == ["page2", "page1"]
        rest = http.get(
            "/v1/tasks", params={"limit": 2, "sort": "name", "order": "desc", "cursor": first["next"]}
        ).json()
        assert ([item["name"] for item in rest["items"]], rest["next"]) == (["page0"], None)
        params = [("status", "Failed"), ("status", "Canceled")]
        assert http.get("/v1/tasks", params=params).json()["items"] == []
        assert http.get("/v1/tasks", params={"cursor": "x"}).status_code == 422
        assert {item["cached"] for item in http.get("/v1/tasks").json()["items"]} >= {False}
