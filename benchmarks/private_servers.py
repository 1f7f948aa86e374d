"""PostgreSQL, Redis, RabbitMQ and an S3 server as private instances in a folder, on free ports of this machine.

Each can be killed and started again at the same port, with what it kept. Debian's packages postgresql, redis-server and
rabbitmq-server, and moto in an environment of its own (`make oracle-services` makes it) are needed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

MOTO = Path(os.environ.get("MODELWRIGHT_MOTO", Path.home() / ".cache/modelwright/venvs/moto/bin/moto_server"))
_MAPPER_SECONDS = 10.0
_START_SECONDS = 120.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def missing() -> list[str]:
    """What is not installed."""
    found = {
        "postgresql": bool(_postgresql()),
        "redis-server": shutil.which("redis-server"),
        "rabbitmq-server": _rabbitmq(),
        str(MOTO): MOTO.exists(),
    }
    return [name for name, there in found.items() if not there]


def _postgresql() -> Path | None:
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _rabbitmq() -> Path | None:
    return next(iter(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server")), None)


def _there(found: Path | None, name: str) -> Path:
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


class Server:
    """A process that listens on a port, with all that it starts."""

    def __init__(self, folder: Path, name: str, command: Sequence[str], port: int, **options: object) -> None:
        self.port = port
        self._log = folder / f"{name}.log"
        self._name = name
        self._command = list(command)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **self._options
            )
        until = time.monotonic() + _START_SECONDS
        while not self.listens():
            if self._process.poll() is not None or time.monotonic() > until:
                text = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._name} did not start: {text}")
            time.sleep(0.05)

    def listens(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        """Kills it as the kernel does when memory is short: without a word."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None


def postgresql(folder: Path) -> Server:
    """PostgreSQL with a database ``modelwright`` of the user ``modelwright``, who needs no password."""
    binaries, data, port = _there(_postgresql(), "postgresql"), folder / "postgresql", free_port()
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        folder.chmod(0o755)
        data.mkdir()
        user = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": ()}
        shutil.chown(data, "postgres")
    options = ["--auth=trust", "--username=modelwright", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    make = [binaries / "initdb", f"--pgdata={data}", *options]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(data),
        "fsync": "off",
        "max_connections": 200,
    }
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = Server(folder, "postgresql", [str(binaries / "postgres"), "-D", str(data), *flags], port, cwd="/", **user)
    server.start()
    command = [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "modelwright", "modelwright"]
    until = time.monotonic() + _START_SECONDS
    while subprocess.run(command, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode:
        if time.monotonic() > until:
            raise RuntimeError("PostgreSQL does not make a database")
        time.sleep(0.2)
    return server


def redis(folder: Path) -> Server:
    """Redis, which forgets everything when it is killed."""
    port = free_port()
    flags = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    server = Server(folder, "redis", ["redis-server", *flags], port)
    server.start()
    return server


class RabbitMq(Server):
    """RabbitMQ with the user ``guest``; its port mapper is ended by ``kill_mapper``."""

    def __init__(self, folder: Path) -> None:
        program, port, self._mapper = _there(_rabbitmq(), "rabbitmq-server"), free_port(), free_port()
        for name in ("home", "mnesia", "rabbit-log"):
            (folder / name).mkdir()
        (folder / "plugins").write_text("[].")
        own: Mapping[str, object] = {
            "HOME": folder / "home",
            "RABBITMQ_NODENAME": f"modelwright{port}@localhost",
            "RABBITMQ_MNESIA_BASE": folder / "mnesia",
            "RABBITMQ_LOG_BASE": folder / "rabbit-log",
            "RABBITMQ_NODE_PORT": port,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": free_port(),
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder / "plugins",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": folder / "none",
            "RABBITMQ_PID_FILE": folder / "rabbit.pid",
            "ERL_EPMD_PORT": self._mapper,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self._variables = {"PATH": os.environ["PATH"], **{name: str(value) for name, value in own.items()}}
        super().__init__(folder, "rabbitmq", [str(program)], port, env=self._variables)

    def kill_mapper(self) -> None:
        """Ends Erlang's port mapper, which goes on by itself, and does not end while it knows of a node."""
        command = [shutil.which("epmd") or "epmd", "-port", str(self._mapper), "-kill"]
        until = time.monotonic() + _MAPPER_SECONDS
        while self._maps() and time.monotonic() < until:
            subprocess.run(command, env=self._variables, capture_output=True, check=False)
            time.sleep(0.1)

    def _maps(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._mapper), timeout=1):
            return True
        return False


def rabbitmq(folder: Path) -> RabbitMq:
    """RabbitMQ, which keeps messages on disk."""
    server = RabbitMq(folder)
    server.start()
    return server


def moto(folder: Path) -> Server:
    """Moto's S3 server, in memory."""
    port = free_port()
    server = Server(folder, "moto", [str(MOTO), "-H", "127.0.0.1", "-p", str(port)], port)
    server.start()
    return server
