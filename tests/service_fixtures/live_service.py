"""A service: its parts without anybody who works, and a live one with a worker and an address."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
import onnx.parser
import pytest
import uvicorn

from modelwright.client import Client, NewTask
from modelwright.service.app import build_app, build_context
from modelwright.service.clock import new_id
from modelwright.service.context import Context
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.settings import ServiceSettings

MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
small (float[N, 4] x) => (float[N, 4] y) { a = Relu (x) y = Add (a, a) }
"""


def write_model(folder: Path, text: str = MODEL) -> str:
    """An input folder with a model; gives its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(onnx.parser.parse_model(text), folder / "small.onnx")
    return folder.as_uri()


def fresh_database() -> str:
    """A place for tables in the database of $MODELWRIGHT_TEST_DATABASE; empty for SQLite in the data folder."""
    url = os.environ.get("MODELWRIGHT_TEST_DATABASE", "")
    if url:
        from sqlalchemy import text

        from modelwright.service.dialects import open_engine

        name = f"t{new_id()}"
        engine = open_engine(url)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        engine.dispose()
        url = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    return url


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """The parts of a service; nobody takes its tasks."""
    found = build_context(
        ServiceSettings(data=tmp_path / "data", database=fresh_database(), workers=1, lease_seconds=30)
    )
    found.projects.first_sign_in(1)
    yield found
    found.database.close()


@pytest.fixture
def asking() -> Callable[..., Principal]:
    """Somebody who asks."""

    def make(role: Role = Role.EDITOR, project: str = "default", *, operator: bool = False) -> Principal:
        return Principal(token="t", label="tester", project=project, role=role, operator=operator)

    return make


@pytest.fixture
def new_task(context: Context) -> Callable[..., NewTask]:
    """A request that is fine, with changes."""

    def make(**changes: object) -> NewTask:
        own = context.store.own("default")
        source = write_model(own / "in")
        values = {"name": "first", "template": "Onnx-To-Onnx", "input": source, "output": (own / "out").as_uri()}
        return NewTask.model_validate(values | changes)

    return make


@contextmanager
def serving(data: Path) -> Iterator[tuple[Context, str]]:
    """A running service with its data in a folder, which is taken away, and its address."""
    settings = {"database": fresh_database(), "workers": 2, "lease_seconds": 20, "requests_per_minute": 100_000}
    found = build_context(ServiceSettings(data=data, **settings))
    server = uvicorn.Server(uvicorn.Config(build_app(found), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield found, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    shutil.rmtree(data)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, str]]:
    """A running service and its address."""
    with serving(tmp_path_factory.mktemp("service") / "data") as found:
        yield found


@pytest.fixture(scope="session")
def operator_token(live: tuple[Context, str]) -> str:
    """The operator's token."""
    found, address = live
    with Client(address) as client:
        return client.sign_in(found.projects.first_sign_in(5))


@pytest.fixture
def project(live: tuple[Context, str], operator_token: str) -> tuple[str, str]:
    """A project of its own: name and its admin's token."""
    import httpx

    name = f"p{new_id()}"
    headers = {"Authorization": f"Bearer {operator_token}"}
    answer = httpx.post(f"{live[1]}/v1/projects", json={"name": name}, headers=headers)
    return name, answer.json()["token"]


@pytest.fixture
def client(live: tuple[Context, str], project: tuple[str, str]) -> Iterator[Client]:
    """A client of the project."""
    with Client(live[1], token=project[1]) as found:
        yield found


@pytest.fixture
def place(live: tuple[Context, str], project: tuple[str, str]) -> Callable[..., dict[str, str]]:
    """Input and output of a task of the project."""

    def make(output: str = "out", text: str = MODEL) -> dict[str, str]:
        own = live[0].store.own(project[0])
        return {"input": write_model(own / f"in-{output}", text), "output": (own / output).as_uri()}

    return make
