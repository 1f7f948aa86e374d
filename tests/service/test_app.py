import zipfile

import httpx
import numpy as np
import onnx
import onnx.parser
import pytest
from onnx.reference import ReferenceEvaluator

from modelwright.client import NewTask, TaskStatus
from modelwright.errors import UsageError
from modelwright.service.app import build_context
from modelwright.service.settings import ServiceSettings

MODEL = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 3] x) => (float[N, 3] y) { a = Neg (x) y = Relu (a) }'


def test_from_an_upload_to_a_download(client, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    onnx.save(onnx.parser.parse_model(MODEL), folder / "net.onnx")
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.write(folder / "net.onnx", "net/net.onnx")
    source = client.upload(tmp_path / "model.zip")
    output = f"{client.roots()[0]}/result"
    settings = {"batch_size": 2}
    made = client.create_task(
        NewTask(name="first", template="Onnx-To-Onnx", input=source, output=output, settings=settings)
    )
    assert made.status is TaskStatus.INITIALIZING
    task = client.wait(made.id, timeout=60)
    assert (task.status, task.result, task.cached, task.run, task.attempt) == ("Successful", "verified", False, 1, 1)
    assert [item.name for item in task.stages] == ["import", "optimize", "export", "verify"]
    paths = client.download(task.id, tmp_path / "down")
    assert [path.name for path in paths] == ["job_log.txt", "net.onnx", "net.report.json"]
    values = np.array([[1, -2, 0]] * 2, np.float32)
    assert ReferenceEvaluator(str(paths[1])).run(None, {"x": values})[0].tolist() == [[0, 2, 0]] * 2
    lines = [line.message for line in client.log(task.id, search="INPUT tensor x: float32[N")]
    assert lines == ["input tensor x: float32[N, 3]"]
    twin = client.create_task(
        NewTask(name="again", template="Onnx-To-Onnx", input=source, output=f"{output}2", settings={"batch_size": "2"})
    )
    twin = client.wait(twin.id, timeout=60)
    assert (twin.status, twin.cached) == ("Successful", True)
    same = {item.name: item.sha256 for item in task.artifacts if item.name != "job_log.txt"}
    assert {item.name: item.sha256 for item in twin.artifacts if item.name != "job_log.txt"} == same
    assert f"converted by task {task.id}" in next(client.log(twin.id)).message


def test_openapi_lists_everything(live):
    found = httpx.get(f"{live[1]}/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert set(found["paths"]) == {
        "/health/live",
        "/health/ready",
        "/v1/audit",
        "/v1/me",
        "/v1/projects",
        "/v1/sign-in",
        "/v1/storage",
        "/v1/storage/roots",
        "/v1/tasks",
        "/v1/tasks/delete",
        "/v1/tasks/{task}",
        "/v1/tasks/{task}/artifacts",
        "/v1/tasks/{task}/artifacts.zip",
        "/v1/tasks/{task}/artifacts/{name}",
        "/v1/tasks/{task}/cancel",
        "/v1/tasks/{task}/clone",
        "/v1/tasks/{task}/logs",
        "/v1/tasks/{task}/logs/stream",
        "/v1/tasks/{task}/retry",
        "/v1/templates",
        "/v1/templates/{name}",
        "/v1/tokens",
        "/v1/tokens/{token}",
        "/v1/uploads",
        "/v1/uploads/{upload}",
        "/v1/uploads/{upload}/complete",
        "/v1/uploads/{upload}/files/{name}",
        "/v1/workers",
    }


def test_another_project_sees_nothing(client, live, operator_token, place, project):
    task = client.create_task(NewTask(name="mine", template="Onnx-To-Onnx", **place("iso"), settings={"verify": False}))
    upload = httpx.post(f"{live[1]}/v1/uploads", headers={"Authorization": f"Bearer {project[1]}"}).json()["id"]
    client.wait(task.id, timeout=60)
    headers = {"Authorization": f"Bearer {operator_token}"}
    name = f"{project[0][:20]}x"
    answer = httpx.post(f"{live[1]}/v1/projects", json={"name": name}, headers=headers)
    other = {"Authorization": f"Bearer {answer.json()['token']}"}
    with httpx.Client(base_url=live[1], headers=other) as stranger:
        assert stranger.get("/v1/tasks").json()["items"] == []
        for path in ("", "/logs", "/logs/stream", "/artifacts", "/artifacts.zip", "/artifacts/job_log.txt"):
            assert stranger.get(f"/v1/tasks/{task.id}{path}").status_code == 404
        for path in ("/cancel", "/retry", "/clone"):
            assert stranger.post(f"/v1/tasks/{task.id}{path}", json={}).status_code == 404
        assert stranger.delete(f"/v1/tasks/{task.id}").status_code == 404
        assert list(stranger.post("/v1/tasks/delete", json={"ids": [task.id]}).json()["kept"]) == [task.id]
        for path in (f"/v1/uploads/{upload}",):
            assert stranger.get(path).status_code == 404
        assert stranger.patch(f"/v1/uploads/{upload}/files/a", content=b"x").status_code == 404
        for url in (task.output, task.input, f"{task.output}/../..", "file:///etc"):
            assert stranger.get("/v1/storage", params={"url": url}).status_code == 403
        new = {"name": "theirs", "template": "Onnx-To-Onnx", "input": task.input, "output": task.output}
        wrong = stranger.post("/v1/tasks", json=new).json()["errors"]
        assert {item["where"] for item in wrong} == {"input", "output"}
        assert all("outside of the project's folders" in item["message"] for item in wrong)
        assert stranger.get("/v1/audit").json()["items"] == []
        header = {"Modelwright-Project": project[0]}
        assert stranger.get("/v1/tasks", headers=header).status_code == 404


def test_roots_do_not_show_the_service_itself(tmp_path):
    for root in (tmp_path, tmp_path / "data" / "store"):
        with pytest.raises(UsageError, match="the service's own data"):
            build_context(ServiceSettings(data=tmp_path / "data", roots={"*": [root]}))
