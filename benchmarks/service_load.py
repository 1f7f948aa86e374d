"""The conversion service under load: lists with many tasks and clients, and what a task costs beyond its conversion.

Starts `modelwright serve`, makes `--tasks` tasks in its database, and measures list and get: one client alone,
`--clients` clients that ask as the console and `Client.wait` do (a request, half a second of pause), and as many that
never pause. Then converts `--conversions` tiny models on two workers, and as many by the same worker processes without
a service: no database, no REST, nothing staged or published. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import onnx
import onnx.parser
from measuring import machine_facts

from modelwright.client import Client, NewTask, TaskStatus
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.engine.process import Limits, Worker, base_variables
from modelwright.service.engine.starting import FreshStarter, Starter
from modelwright.service.engine.warm import WarmStarter
from modelwright.service.settings import ServiceSettings
from modelwright.service.tasks import repository
from modelwright.templates.catalogue import template_named

HERE = Path(__file__).parent
NAME = "service_load"
MODEL = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] x) => (float[N, 4] y) { a = Relu (x) y = Neg (a) }'
TEMPLATE = "Onnx-To-Onnx"
COMMAND = [sys.executable, "-c", "from modelwright.cli.main import command; command()"]
WORKERS = 2
PAUSE = 0.5
LIMITS = Limits(memory=4 << 30, cpu_seconds=60, wall_seconds=60)
COLUMNS = (
    "alone, median",
    "with pauses, median",
    "with pauses, p99",
    "p99 / alone",
    "without pauses, p99",
    "p99 / alone",
    "requests/s",
    "CPU of the service",
    "of the clients",
)
FEW = 50
"""Conversions of the slower ways, for comparison."""


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, str, int]]:
    """A service; its address, a token, and its process."""
    environment = {**os.environ, "MODELWRIGHT_SERVICE_REQUESTS_PER_MINUTE": "100000000"}
    command = [*COMMAND, "serve", "--port", "0", "--data", str(data), "--workers", str(WORKERS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        code = re.search(r"code=(\S+)", process.stdout.readline())[1]
        with Client(address) as client:
            yield address, client.sign_in(code), process.pid
    finally:
        process.terminate()
        process.wait()


def fill(data: Path, count: int) -> list[str]:
    """Finished tasks in the database; gives their ids."""
    database = Database(ServiceSettings(data=data).database_url)
    ids = [new_id() for _ in range(count)]
    with database.write() as connection:
        for number, task in enumerate(ids):
            repository.add(
                connection,
                id=task,
                project="default",
                name=f"old-{number}",
                description="",
                template=TEMPLATE,
                chip="general",
                framework="General",
                model_format="onnx",
                input="file:///in",
                output=f"file:///out{number}",
                settings={},
                status="Successful",
                created=now(),
                created_by="benchmark",
                updated=now(),
                run=1,
                attempt=1,
                cached=False,
                cancel=False,
                outcome={"stages": [], "artifacts": [], "summary": {"filler": "x" * 2000}},
            )
    database.close()
    return ids


class Asker:
    """A client with a connection of its own, that costs little beside what it measures."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._wire = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, path: str) -> float:
        """Seconds until the answer is here, whole."""
        begun = time.perf_counter()
        self._wire.request("GET", path, headers=self._headers)
        answer = self._wire.getresponse()
        answer.read()
        taken = time.perf_counter() - begun
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        return taken


def times(address: str, token: str, paths: list[str], clients: int, each: int, pause: float) -> list[float]:
    """Seconds of every request of clients that ask for one path after the other."""

    def ask(number: int) -> list[float]:
        asker, found = Asker(address, token), []
        time.sleep(pause * number / clients)
        for index in range(each):
            found.append(asker.ask(paths[(number * each + index) % len(paths)]))
            time.sleep(pause)
        return found

    with ThreadPoolExecutor(clients) as pool:
        return [item for group in pool.map(ask, range(clients)) for item in group]


def reading(address: str, token: str, process: int, ids: list[str], clients: int) -> dict[str, Any]:
    """List and get: the median with one client, the 99th percentile with many that pause, and that do not.

    What the service and what those who ask compute for a request is told apart: they share the machine.
    """
    paths = {"list": ["/v1/tasks?limit=50"], "get": [f"/v1/tasks/{task}" for task in ids]}
    found: dict[str, Any] = {}
    for name, some in paths.items():
        idle = statistics.median(times(address, token, some, 1, 200, 0.01))
        paced = times(address, token, some, clients, 40, PAUSE)
        begun, service, asking = time.perf_counter(), cpu_seconds(process), time.process_time()
        flat_out = times(address, token, some, clients, 40, 0.0)
        taken = time.perf_counter() - begun
        service, asking = cpu_seconds(process) - service, time.process_time() - asking
        found[name] = {
            "idle_median_s": idle,
            "loaded_p50_s": statistics.median(paced),
            "loaded_p99_s": p99(paced),
            "ratio": p99(paced) / idle,
            "requests": len(paced),
            "flat_out_p99_s": p99(flat_out),
            "flat_out_ratio": p99(flat_out) / idle,
            "flat_out_per_second": len(flat_out) / taken,
            "service_cpu_ms": service / len(flat_out) * 1000,
            "clients_cpu_ms": asking / len(flat_out) * 1000,
        }
    return found


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def settings_of(number: int) -> dict[str, str]:
    """Settings that differ from task to task, so that nothing comes from the cache."""
    return {"rtol": f"{1e-4 + number * 1e-9:.10f}"}


def converted(folder: Path, source: Path, starter: Starter, count: int) -> float:
    """Seconds that a conversion takes in worker processes of a starter, two at a time, and nothing besides."""
    template = template_named(TEMPLATE).data()

    def convert(number: int) -> None:
        own = folder / f"{number}"
        own.mkdir(parents=True)
        request = {
            "template": template,
            "input": str(source),
            "output": str(own / "out"),
            "settings": settings_of(number),
            "interpreters": {},
        }
        worker = Worker(own, f"{folder}:{number}-", LIMITS, {}, starter)
        ended = worker.run(request, hear=ignore, tick=str)
        if ended.answer is None or ended.answer["result"] != "verified":
            raise SystemExit(f"not converted: {ended}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(convert, range(count)))
    return (time.perf_counter() - begun) * WORKERS / count


def ignore(kind: str, data: Any) -> None:
    """Hears what a worker tells."""
    del kind, data


def commanded(folder: Path, source: Path, count: int) -> float:
    """Seconds that a conversion takes as a command, two at a time."""

    def convert(number: int) -> None:
        command = [*COMMAND, "convert", "template", TEMPLATE, "-i", str(source), "-o", str(folder / f"{number}")]
        setting = f"rtol={settings_of(number)['rtol']}"
        subprocess.run([*command, "--set", setting], check=True, stdout=subprocess.DEVNULL)

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(convert, range(count)))
    return (time.perf_counter() - begun) * WORKERS / count


def new_task(name: str, url: str, root: str, number: int) -> NewTask:
    """A task that nothing is cached for."""
    return NewTask(name=name, template=TEMPLATE, input=url, output=f"{root}/{name}", settings=settings_of(number))


def served(client: Client, url: str, count: int) -> float:
    """Seconds that a conversion takes as a task, from the first request to the last one's end, two at a time."""
    root = client.roots()[0]
    states = [TaskStatus.INITIALIZING, TaskStatus.RUNNING]
    begun = time.perf_counter()
    ids = [client.create_task(new_task(f"t{number}", url, root, number)).id for number in range(count)]
    while client.page(status=states, limit=1).items:
        time.sleep(0.1)
    taken = (time.perf_counter() - begun) * WORKERS / count
    failed = [task for task in map(client.task, ids) if task.status != "Successful" or task.cached]
    if failed:
        raise SystemExit(f"not converted: {failed[0]}")
    return taken


def alone(client: Client, url: str, count: int) -> dict[str, float]:
    """Seconds from the request to the end of a task while nothing else runs, and of its own conversion: medians."""
    root, whole, inner = client.roots()[0], [], []
    for number in range(count):
        begun = time.perf_counter()
        task = client.create_task(new_task(f"a{number}", url, root, 10**6 + number)).id
        while not client.task(task).status.over:
            time.sleep(0.005)
        whole.append(time.perf_counter() - begun)
        inner.append(sum(stage.seconds for stage in client.task(task).stages))
    return {"alone_s": statistics.median(whole), "alone_stages_s": statistics.median(inner)}


def cpu_seconds(process: int) -> float:
    """Processor time that a process has taken, without its children."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def converting(address: str, token: str, process: int, folder: Path, count: int) -> dict[str, float]:
    """Seconds that a conversion of a tiny model takes, with the service and without it."""
    source = folder / "model"
    source.mkdir()
    onnx.save(onnx.parser.parse_model(MODEL), source / "net.onnx")
    with Client(address, token=token) as client:
        url = client.upload(source)
        found: dict[str, float] = {"conversions": count, **alone(client, url, FEW)}
        before = cpu_seconds(process)
        found["served_s"] = served(client, url, count)
        found["service_cpu_s"] = (cpu_seconds(process) - before) / count
    starter = WarmStarter(folder / "nursery", f"{folder}:", base_variables({}))
    starter.prepare()
    threading.Event().wait(5)  # until it is ready, as the service's is
    found["bare_s"] = converted(folder / "warm", source, starter, count)
    starter.stop()
    few = min(count, FEW)
    found["fresh_s"] = converted(folder / "fresh", source, FreshStarter(), few)
    found["command_s"] = commanded(folder / "command", source, few)
    return {**found, "overhead_ms": (found["served_s"] - found["bare_s"]) * 1000}


def page(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    facts, item = found["machine"], found["converting"]
    lines = [
        "# The conversion service under load",
        "",
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['system']},",
        f"Python {facts['python']}. Service, workers and clients share the machine.",
        "`python benchmarks/service_load.py` makes this page.",
        "",
        f"{found['tasks']} tasks in the list; {found['clients']} clients that pause {PAUSE:g} s between requests, as",
        "the console and `Client.wait` do, and as many that never pause.",
        "",
        f"| {' | '.join(['', *COLUMNS])} |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found["reading"].items():
        cells = [row["idle_median_s"], row["loaded_p50_s"], row["loaded_p99_s"]]
        shown = " | ".join(f"{value * 1000:.1f} ms" for value in cells)
        saturated = (
            f"{row['flat_out_p99_s'] * 1000:.0f} ms | {row['flat_out_ratio']:.0f} | {row['flat_out_per_second']:.0f}"
        )
        saturated += f" | {row['service_cpu_ms']:.1f} ms | {row['clients_cpu_ms']:.1f} ms"
        lines.append(f"| {name} | {shown} | {row['ratio']:.1f} | {saturated} |")
    held = all(row["ratio"] < 10 for row in found["reading"].values())
    lines += [
        "",
        f"With pauses p99 is {'within' if held else 'beyond'} ten times the idle median. Without pauses it cannot be:",
        "as many requests as there are clients always wait for one process, so that each takes as long as that many",
        "take to compute, however short they are.",
        "",
        f"{item['conversions']} tiny conversions, {WORKERS} at a time; time for each:",
        "",
        "| way | each |",
        "|---|---|",
        f"| as tasks, from the first request to the last result | {item['served_s'] * 1000:.0f} ms |",
        f"| the same worker processes, without a service | {item['bare_s'] * 1000:.0f} ms |",
        f"| worker processes that begin from scratch, without a service | {item['fresh_s'] * 1000:.0f} ms |",
        f"| `modelwright convert template` | {item['command_s'] * 1000:.0f} ms |",
        "",
        f"Overhead of a task: {item['overhead_ms']:.0f} ms, of which the service's own process computes for",
        f"{item['service_cpu_s'] * 1000:.0f} ms. One task alone is done {item['alone_s'] * 1000:.0f} ms after the",
        f"request; the stages of its conversion are {item['alone_stages_s'] * 1000:.0f} ms of that.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--conversions", type=int, default=1000)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder / "data") as (address, token, process):
            ids = fill(folder / "data", arguments.tasks)
            found: dict[str, Any] = {"tasks": arguments.tasks, "clients": arguments.clients, "machine": machine_facts()}
            found["reading"] = reading(address, token, process, ids, arguments.clients)
            found["converting"] = converting(address, token, process, folder, arguments.conversions)
    arguments.results.mkdir(parents=True, exist_ok=True)
    (arguments.results / f"{NAME}.json").write_text(json.dumps(found, indent=2) + "\n")
    (arguments.results / f"{NAME}.md").write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
