import contextlib
import gc
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
import uvicorn
from running import running_elsewhere

from modelwright.client import Client, NewTask
from modelwright.errors import ToolError, UsageError
from modelwright.service import serve as serve_module
from modelwright.service.database import Database
from modelwright.service.engine.tree import marked
from modelwright.service.serve import serve
from modelwright.service.settings import ServiceSettings

COMMAND = [sys.executable, "-c", "from modelwright.cli.main import command; command()", "serve", "--port", "0"]
MODEL = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] x) => (float[N, 4] y) { a = Relu (x) y = Neg (a) }'


@pytest.fixture
def serving(tmp_path):
    """Starts the command; gives the process, its address and a sign-in code."""
    running = []

    def start():
        environment = {**os.environ, "MODELWRIGHT_SERVICE_LEASE_SECONDS": "2", "MODELWRIGHT_SERVICE_ATTEMPTS": "50"}
        arguments = ["--data", str(tmp_path / "data"), "--workers", "2"]
        process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment)
        running.append(process)
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        code = re.search(r"code=(\S+)", process.stdout.readline())[1]
        return process, address, code

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def upload(client, folder):
    import onnx
    import onnx.parser

    folder.mkdir()
    onnx.save(onnx.parser.parse_model(MODEL), folder / "net.onnx")
    return client.upload(folder)


def test_killed_at_any_moment_no_task_is_lost_and_none_done_twice(serving, tmp_path):
    chance = random.Random(0)
    process, address, code = serving()
    with Client(address) as client:
        token = client.sign_in(code)
    with Client(address, token=token) as client:
        source = upload(client, tmp_path / "in")
        root = client.roots()[0]
        names = [f"task{number}" for number in range(3)]
        for number, name in enumerate(names):
            settings = {"batch_size": number + 1, "verify": False}
            request = NewTask(
                name=name, template="Onnx-To-Onnx", input=source, output=f"{root}/{name}", settings=settings
            )
            client.create_task(request)
    for _ in range(2):
        time.sleep(chance.uniform(0.2, 1.0))
        for pid in list(marked(f"{tmp_path}/data:"))[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.wait()
        process, address, _ = serving()
    with Client(address, token=token) as client:
        tasks = [client.wait(task.id, timeout=120) for task in client.tasks(sort="name")]
        assert [(task.name, task.status) for task in tasks] == [(name, "Successful") for name in names]
        for task in tasks:
            folder = tmp_path / "data/store/default" / task.name
            manifests = list((folder / ".modelwright").iterdir())
            assert [path.name for path in manifests] == [f"{task.id}.1.json"]
            paths = client.download(task.id, tmp_path / "down" / task.name)
            assert {path.name for path in paths} == {"job_log.txt", "net.onnx", "net.report.json"}
            lines = [line.message for line in client.log(task.id)]
            assert sum("template Onnx-To-Onnx" in line for line in lines) <= task.attempt


def test_alone_on_its_folder_and_port_until_it_is_asked_to_end(serving, tmp_path):
    process, address, _ = serving()
    with pytest.raises(UsageError, match="another service uses"):
        serve(ServiceSettings(data=tmp_path / "data"), host="127.0.0.1", port=0, tell=print)
    port = int(address.rpartition(":")[2])
    with pytest.raises(UsageError, match="cannot listen on"):
        serve(ServiceSettings(data=tmp_path / "d"), host="127.0.0.1", port=port, tell=print)
    assert httpx.get(f"{address}/health/live").json()["status"] == "ok"  # jobs in the background begin deaf to SIGINT
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in (0, 130)
    with Client(address) as client, pytest.raises(ToolError, match="does not answer"):
        client.roots()


def test_it_ends_although_somebody_follows_a_log(serving, tmp_path):
    process, address, code = serving()
    with Client(address) as client:
        token = client.sign_in(code)
    database = Database(f"sqlite:///{tmp_path}/data/service.sqlite3")
    task = running_elsewhere(database, "default").row.id
    database.close()
    url, headers = f"{address}/v1/tasks/{task}/logs/stream", {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", url, headers=headers, timeout=30) as answer, contextlib.suppress(httpx.HTTPError):
        assert answer.status_code == 200
        process.send_signal(signal.SIGTERM)
        list(answer.iter_lines())
    assert process.wait(20) == 128 + signal.SIGTERM
    assert not list(marked(f"{tmp_path}/data:"))


def test_answers_are_sent_at_once():
    with serve_module._listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as asking:
        taken = listening.accept()[0]
        with taken:
            assert taken.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY
        assert asking


def test_what_is_not_used_any_more_is_collected(tmp_path, monkeypatch):
    collecting = []

    def run(self, sockets):
        collecting.append((gc.isenabled(), gc.get_freeze_count() > 10_000))
        sockets[0].close()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    gc.disable()
    try:
        serve(ServiceSettings(data=tmp_path / "d", workers=1), host="127.0.0.1", port=0, tell=print)
    finally:
        gc.unfreeze()
        gc.enable()
    assert collecting == [(True, True)]
