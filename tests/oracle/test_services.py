"""The service on PostgreSQL, Redis or RabbitMQ, and S3: all flows, and its own tests on PostgreSQL."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import onnx
import onnx.parser
import private_ceph
import private_servers
import pytest
from scaled_service import REGION, scaled

from modelwright.client import Client, NewTask, TaskChanges
from modelwright.errors import ModelwrightError
from modelwright.service.engine.tree import marked
from modelwright.service.errors import BusyError, InvalidRequestError

pytestmark = [pytest.mark.oracle_services, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
MODEL = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] x) => (float[N, 4] y) { a = Relu (x) y = Neg (a) }'
LONG = (
    '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] r0) => (float[N, 4] r2999) { '
    + " ".join(f"r{number} = Relu (r{number - 1})" for number in range(1, 3000))
    + " }"
)


@pytest.fixture(scope="module", autouse=True)
def everything_is_installed():
    missing = private_servers.missing()
    if missing:
        pytest.fail(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module", params=["redis-moto", "rabbitmq-moto", "redis-ceph"])
def service(request):
    broker, objects = request.param.split("-")
    if objects == "ceph" and private_ceph.missing():
        pytest.skip(f"not installed: {', '.join(private_ceph.missing())}")
    settings = {"LEASE_SECONDS": "5"}
    with tempfile.TemporaryDirectory() as name, scaled(Path(name), broker, objects=objects, settings=settings) as found:
        yield found  # not in a folder of pytest's, which it takes away when it is run again meanwhile


@pytest.fixture
def project(service, request):
    name = f"p{time.time_ns()}"
    with service.project(name) as client:
        yield name, client


def folder_of(tmp_path, text=MODEL):
    folder = tmp_path / "in"
    folder.mkdir()
    onnx.save(onnx.parser.parse_model(text), folder / "net.onnx")
    return folder


def new(client, source, name="first", **changes):
    root = client.roots()[0]
    values = {"name": name, "template": "Onnx-To-Onnx", "input": source, "output": f"{root}/{name}"}
    return NewTask.model_validate(values | changes)


def test_from_upload_to_deletion(service, project, tmp_path):
    name, client = project
    source = client.upload(folder_of(tmp_path))
    assert source.startswith(f"s3://modelwright/store/{name}/uploads/")
    task = client.create_task(new(client, source), key="k")
    assert client.create_task(new(client, source), key="k").id == task.id
    lines = [line.message for line in client.log(task.id, follow=True)]
    task = client.wait(task.id, timeout=120)
    assert (task.status, task.result, task.attempt, task.cached) == ("Successful", "verified", 1, False)
    assert [line.message for line in client.log(task.id)] == lines
    assert lines[-1] == "verified"
    assert [line.message for line in client.log(task.id, search="TENSOR X")]
    paths = client.download(task.id, tmp_path / "down")
    assert {path.name for path in paths} == {"job_log.txt", "net.onnx", "net.report.json"}
    onnx.checker.check_model(onnx.load(tmp_path / "down/model/net.onnx"))
    objects = [path.rpartition(f"/{name}/first/")[2] for path in service.files.find(f"modelwright/store/{name}/first")]
    assert sorted(objects) == sorted([f".modelwright/{task.id}.1.json", *(item.name for item in task.artifacts)])
    again = client.wait(client.create_task(new(client, source, "second")).id, timeout=60)
    assert (again.status, again.cached) == ("Successful", True)
    clone = client.clone(task.id, TaskChanges(settings={"opset": 19}))
    assert client.wait(clone.id, timeout=120).cached is False
    assert set(client.delete([task.id, again.id, clone.id]).deleted) == {task.id, again.id, clone.id}
    assert list(client.tasks()) == []


def test_artifacts_by_range_and_as_archive(service, project, tmp_path):
    import io
    import zipfile

    _, client = project
    task = client.wait(client.create_task(new(client, client.upload(folder_of(tmp_path)))).id, timeout=120)
    with httpx.Client(base_url=service.address, headers=client._http.headers) as http:
        base = f"/v1/tasks/{task.id}/artifacts"
        whole = http.get(f"{base}/model/net.onnx")
        part = http.get(f"{base}/model/net.onnx", headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, whole.content[2:6])
        assert part.headers["Content-Range"] == f"bytes 2-5/{len(whole.content)}"
        assert http.get(f"{base}/model/net.onnx", headers={"Range": "bytes=999999-"}).status_code == 416
        with zipfile.ZipFile(io.BytesIO(http.get(f"{base}.zip").content)) as archive:
            assert archive.read("model/net.onnx") == whole.content
        shown = http.get("/v1/storage", params={"url": task.output}).json()["entries"]
        assert [(item["name"], item["folder"]) for item in shown] == [("model", True), ("job_log.txt", False)]


def test_another_projects_objects_are_not_there(service, project, tmp_path):
    _, client = project
    other = service.project(f"q{time.time_ns()}")
    with other:
        source = other.upload(folder_of(tmp_path))
        with pytest.raises(InvalidRequestError) as caught:
            client.create_task(new(client, source, output=f"{other.roots()[0]}/x"))
        assert str(caught.value).count("lies outside of the project's folders") == 2
        task = other.create_task(new(other, source))
        for act in (client.task, client.cancel, client.retry, lambda task: list(client.log(task))):
            with pytest.raises(ModelwrightError, match="no task"):
                act(task.id)


def test_from_one_bucket_of_the_settings_to_another_folder_of_it(service, project, tmp_path):
    name, client = project
    shared = client.roots()[1]
    assert shared == "s3://modelwright/shared"
    path = f"{shared.removeprefix('s3://')}/{name}/in/net.onnx"
    service.files.pipe_file(path, onnx.parser.parse_model(MODEL).SerializeToString())
    request = new(client, f"{shared}/{name}/in", output=f"{shared}/{name}/out")
    task = client.wait(client.create_task(request).id, timeout=120)
    assert task.status == "Successful"
    assert service.files.exists(f"{shared.removeprefix('s3://')}/{name}/out/model/net.onnx")
    with pytest.raises(InvalidRequestError) as caught:
        client.create_task(new(client, f"{shared}/{name}/in", "taken", output=f"{shared}/{name}/out"))
    assert "holds job_log.txt" in str(caught.value)


def test_cancel_and_retry(service, project, tmp_path):
    _, client = project
    source = client.upload(folder_of(tmp_path, LONG))
    task = client.create_task(new(client, source, template="Onnx-To-MindIR"))
    until = time.monotonic() + 60
    while client.task(task.id).stage in (None, "input") and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(BusyError):
        client.retry(task.id)
    client.cancel(task.id)
    assert client.wait(task.id, timeout=30).status == "Canceled"
    until = time.monotonic() + 15
    working = [data for data in _workers(service) if any(_conversions(data))]
    while working and time.monotonic() < until:
        time.sleep(0.1)
        working = [data for data in _workers(service) if any(_conversions(data))]
    assert not working
    assert client.retry(task.id).run == 2
    client.cancel(task.id)
    assert client.wait(task.id, timeout=30).status == "Canceled"


def _workers(service):
    return [service._folder / name for name in service.parts if name.startswith("worker")]


def _conversions(data):
    """Processes of conversions, the nursery left out: its mark has no lease."""
    for pid in marked(f"{data}:worker:"):
        if f"{data}:worker:-" not in Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace"):
            yield pid


def test_a_worker_that_is_killed_loses_no_task(service, project, tmp_path):
    _, client = project
    source = client.upload(folder_of(tmp_path, LONG))
    task = client.create_task(new(client, source))
    until = time.monotonic() + 60
    while client.task(task.id).status == "Initializing" and time.monotonic() < until:
        time.sleep(0.05)
    for name in ("worker1", "worker2"):
        service.parts[name].kill()
    for name in ("worker1", "worker2"):
        service.parts[name].start()
    task = client.wait(task.id, timeout=180)
    assert (task.status, task.attempt) == ("Successful", 2)
    assert any("is gone; the task begins again" in line.message for line in client.log(task.id))


def test_workers_and_what_they_can_build(service, project):
    _, client = project
    with httpx.Client(base_url=service.address, headers=client._http.headers) as http:
        until = time.monotonic() + 30
        while len(found := http.get("/v1/workers").json()) < 2 and time.monotonic() < until:
            time.sleep(0.2)
        assert [(item["engine"], item["slots"]) for item in found] == [("celery", 1)] * 2
        names = [item["name"] for item in found]
        assert http.get("/v1/templates/Onnx-To-Onnx").json()["workers"] == names
        assert "modelwright_slots 2.0" in http.get("/metrics").text


def test_what_is_urgent_comes_first(service, project, tmp_path):
    _, client = project
    source = client.upload(folder_of(tmp_path))
    for name in ("worker1", "worker2"):
        service.parts[name].kill()
    made = []
    for number, priority in enumerate((0, 4, 9, 4)):
        request = new(client, source, f"u{number}", priority=priority, settings={"rtol": 1e-3 + number * 1e-6})
        made.append(client.create_task(request).id)
    time.sleep(5)  # the messages of all are in the broker
    service.parts["worker1"].start()
    tasks = [client.wait(task, timeout=120) for task in made]
    service.parts["worker2"].start()
    assert {task.status for task in tasks} == {"Successful"}
    order = sorted(tasks, key=lambda task: task.started)
    assert [task.priority for task in order] == [9, 4, 4, 0]


def test_a_bucket_in_another_region(service, tmp_path):
    if not service.store.region:
        pytest.skip("this server has no regions")
    storage = json.loads(service.variables["MODELWRIGHT_SERVICE_STORAGES"])
    storage["*"][0]["region"] = "eu-west-101"
    command = [sys.executable, "-c", "from modelwright.cli.main import command; command()", "serve", "--port", "0"]
    variables = {**service.variables, "MODELWRIGHT_SERVICE_STORAGES": json.dumps(storage)}
    log = tmp_path / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [*command, "--engine", "celery", "--data", str(tmp_path / "d")], env=variables, stdout=file
        )
    try:
        until = time.monotonic() + 60
        while "sign-in?code=" not in log.read_text() and time.monotonic() < until:
            time.sleep(0.1)
        text = log.read_text()
        with Client(text.split()[1]) as client:
            token = client.sign_in(text.split("code=")[1].split()[0])
        answer = httpx.get(
            f"{text.split()[1]}/v1/storage",
            params={"url": "s3://modelwright/shared"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 422
        assert f"is in region {REGION}, not in eu-west-101" in answer.json()["detail"]
    finally:
        server.kill()
        server.wait()


def test_the_services_own_tests_on_postgresql():
    with tempfile.TemporaryDirectory() as name:
        database = private_servers.postgresql(Path(name))
        _own_tests(database, Path(name) / "own")


def _own_tests(database, folder):
    try:
        url = f"postgresql://modelwright@127.0.0.1:{database.port}/modelwright"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", f"--basetemp={folder}"]
        done = subprocess.run(
            [*command, "tests/service", "tests/client"],
            cwd=ROOT,
            env={**os.environ, "MODELWRIGHT_TEST_DATABASE": url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
    finally:
        database.kill()
