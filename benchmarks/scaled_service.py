"""A service scaled out on one machine: PostgreSQL, a broker, object storage, a server and workers, all to be killed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import private_ceph
import private_servers
from private_servers import Server

from modelwright.client import Client
from modelwright.errors import ToolError
from modelwright.service.errors import UnavailableError
from modelwright.service.storage.bucket import reach_s3
from modelwright.service.storage.object_storage import ObjectStorage

COMMAND = [sys.executable, "-c", "from modelwright.cli.main import command; command()"]
BROKERS: dict[str, Callable[[Path], Server]] = {"redis": private_servers.redis, "rabbitmq": private_servers.rabbitmq}
STORAGES: dict[str, Callable[[Path], Server]] = {"moto": private_servers.moto, "ceph": private_ceph.ceph}
REGION = "cn-north-4"
"""Where moto's bucket is; the others have no regions."""
_T = TypeVar("_T")


class Scaled:
    """The parts, and a client of the operator's.

    Attributes:
        parts: What can be killed and started again, by name: ``database``, ``broker``, ``server``, ``worker1``, ...
        address: The server's address.
        store: The service's object storage.
    """

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        broker: str,
        *,
        objects: str,
        workers: int,
        slots: int,
        settings: dict[str, str],
    ) -> None:
        self._stack = stack
        self.parts: dict[str, Server] = {}
        self._folder = folder
        database = self._add("database", private_servers.postgresql(folder))
        brokering = BROKERS[broker](folder)
        if isinstance(brokering, private_servers.RabbitMq):
            self._stack.callback(brokering.kill_mapper)  # comes after the broker's own end
        self._add("broker", brokering)
        storing = STORAGES[objects](folder)
        self._stack.callback(storing.kill)
        self._region = REGION if objects == "moto" else ""
        self.store = self.storage("modelwright/store", storing.port)
        self.files = reach_s3(self.store)
        place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}} if self._region else {}
        self.files.call_s3("create_bucket", Bucket="modelwright", **place)
        url = {"redis": "redis://127.0.0.1:{}/0", "rabbitmq": "amqp://guest:guest@127.0.0.1:{}//"}[broker]
        own = {
            "DATABASE": f"postgresql://modelwright@127.0.0.1:{database.port}/modelwright",
            "BROKER": url.format(brokering.port),
            "STORE": _plain(self.store),
            "STORAGES": json.dumps({"*": [json.loads(_plain(self.storage("modelwright/shared", storing.port)))]}),
            "REQUESTS_PER_MINUTE": "1000000",
            **settings,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MODELWRIGHT_")}
        self.variables = {**kept, **{f"MODELWRIGHT_SERVICE_{name}": value for name, value in own.items()}}
        self._serve()
        for number in range(1, workers + 1):
            data = folder / f"worker{number}"
            command = [*COMMAND, "worker", "--data", str(data), "--workers", str(slots)]
            worker = Worker(folder, f"worker{number}", command, 0, env=self.variables)
            self._add(f"worker{number}", worker)
            worker.start()

    def _serve(self) -> None:
        port = private_servers.free_port()
        command = [*COMMAND, "serve", "--engine", "celery", "--port", str(port), "--data", str(self._folder / "server")]
        server = self._add("server", Server(self._folder, "server", command, port, env=self.variables))
        server.start()
        self.address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while not (found := re.search(r"code=(\S+)", (self._folder / "server.log").read_text())):
            if time.monotonic() > until:
                raise RuntimeError("the server tells no link")
            time.sleep(0.1)
        with Client(self.address) as client:
            self.token = client.sign_in(found[1])

    def storage(self, path: str, port: int) -> ObjectStorage:
        """A part of the one bucket."""
        return ObjectStorage(
            url=f"s3://{path}",
            endpoint=f"http://127.0.0.1:{port}",
            region=self._region,
            access_key="key",
            secret_key="secret",  # type: ignore[arg-type]  # noqa: S106  moto takes any
            path_style=True,
        )

    def _add(self, name: str, server: Server) -> Server:
        self.parts[name] = server
        self._stack.callback(server.kill)
        return server

    def project(self, name: str) -> Client:
        """A client of a new project's admin."""
        import httpx

        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.post(f"{self.address}/v1/projects", json={"name": name}, headers=headers)
        answer.raise_for_status()
        return Client(self.address, token=answer.json()["token"])


class Worker(Server):
    """A worker listens nowhere: it is there when its log says so."""

    def listens(self) -> bool:
        """Whether it told what it works on; how often it did counts, since its log goes on."""
        with contextlib.suppress(FileNotFoundError):
            return self._log.read_text(errors="replace").count("working ") > self._told
        return False

    _told = 0

    def start(self) -> None:
        """Starts it and waits until it works."""
        super().start()
        self._told += 1


@contextmanager
def scaled(
    folder: Path,
    broker: str,
    *,
    objects: str = "moto",
    workers: int = 2,
    slots: int = 1,
    settings: dict[str, str] | None = None,
) -> Iterator[Scaled]:
    """A scaled-out service in a folder, until the context is left."""
    with ExitStack() as stack:
        yield Scaled(stack, folder, broker, objects=objects, workers=workers, slots=slots, settings=settings or {})


def persist(act: Callable[[], _T], seconds: float = 300.0) -> _T:
    """Does what a server that is being killed and started again keeps from being done."""
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except (ToolError, UnavailableError):
            if time.monotonic() > until:
                raise
        time.sleep(0.3)


def _plain(storage: ObjectStorage) -> str:
    data: dict[str, Any] = storage.model_dump(mode="json")
    data |= {name: getattr(storage, name).get_secret_value() for name in ("secret_key", "session_token")}
    return json.dumps(data)
