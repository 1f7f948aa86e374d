"""The conversion service under load: lists with many tasks and clients, and what a task costs beyond its conversion.

Starts `modelwright serve`, makes `--tasks` tasks in its database, measures list and get with one client and with
`--clients`, then converts `--conversions` tiny models on two workers, and as many without the service in two processes
at a time. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import onnx.parser
from measuring import machine_facts

from modelwright.client import Client, NewTask
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.settings import ServiceSettings
from modelwright.service.tasks import repository

HERE = Path(__file__).parent
NAME = "service_load"
MODEL = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] x) => (float[N, 4] y) { a = Relu (x) y = Neg (a) }'
COMMAND = [sys.executable, "-c", "from modelwright.cli.main import command; command()"]
WORKERS = 2


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, str]]:
    """A service; its address and a token."""
    environment = {**os.environ, "MODELWRIGHT_SERVICE_REQUESTS_PER_MINUTE": "100000000"}
    command = [*COMMAND, "serve", "--port", "0", "--data", str(data), "--workers", str(WORKERS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        code = re.search(r"code=(\S+)", process.stdout.readline())[1]
        with Client(address) as client:
            yield address, client.sign_in(code)
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
                template="Onnx-To-Onnx",
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


def times(act: Callable[[Client, int], object], address: str, token: str, clients: int, each: int) -> list[float]:
    """Seconds of every request of clients that ask at the same time."""

    def ask(number: int) -> list[float]:
        found: list[float] = []
        with Client(address, token=token) as client:
            for index in range(each):
                begun = time.perf_counter()
                act(client, number * each + index)
                found.append(time.perf_counter() - begun)
        return found

    with ThreadPoolExecutor(clients) as pool:
        return [item for group in pool.map(ask, range(clients)) for item in group]


def reading(address: str, token: str, ids: list[str], clients: int) -> dict[str, Any]:
    """List and get: the median with one client, the 99th percentile with many."""
    acts: dict[str, Callable[[Client, int], object]] = {
        "list": lambda client, _: client.page(limit=50),
        "get": lambda client, number: client.task(ids[number % len(ids)]),
    }
    found: dict[str, Any] = {}
    for name, act in acts.items():
        idle = statistics.median(times(act, address, token, 1, 100))
        loaded = times(act, address, token, clients, 20)
        p99 = statistics.quantiles(loaded, n=100)[98]
        found[name] = {"idle_median_s": idle, "loaded_p99_s": p99, "ratio": p99 / idle, "requests": len(loaded)}
    return found


def converting(address: str, token: str, folder: Path, count: int) -> dict[str, float]:
    """Seconds a conversion of a tiny model takes, with the service and without it, two at a time."""
    source = folder / "model"
    source.mkdir()
    onnx.save(onnx.parser.parse_model(MODEL), source / "net.onnx")

    def bare(number: int) -> None:
        command = [*COMMAND, "convert", "template", "Onnx-To-Onnx", "-i", str(source), "-o", str(folder / f"o{number}")]
        subprocess.run([*command, "--set", f"rtol={1e-4 + number * 1e-9}"], check=True, stdout=subprocess.DEVNULL)

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(bare, range(count)))
    alone = (time.perf_counter() - begun) * WORKERS / count
    with Client(address, token=token) as client:
        url, root = client.upload(source), client.roots()[0]
        begun = time.perf_counter()
        tasks = [
            client.create_task(
                NewTask(
                    name=f"t{number}",
                    template="Onnx-To-Onnx",
                    input=url,
                    output=f"{root}/t{number}",
                    settings={"rtol": 1e-4 + number * 1e-9},
                )
            )
            for number in range(count)
        ]
        ended = [client.wait(task.id) for task in tasks]
        served = (time.perf_counter() - begun) * WORKERS / count
    failed = [task.name for task in ended if task.status != "Successful" or task.cached]
    if failed:
        raise SystemExit(f"not converted: {failed}")
    return {"conversions": count, "bare_s": alone, "served_s": served, "overhead_ms": (served - alone) * 1000}


def page(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["# The conversion service under load", ""]
    lines += [f"{found['tasks']} tasks in the list, {found['clients']} clients.", ""]
    lines += ["| | idle, median | loaded, p99 | ratio |", "|---|---|---|---|"]
    for name, item in found["reading"].items():
        idle, loaded = item["idle_median_s"] * 1000, item["loaded_p99_s"] * 1000
        lines.append(f"| {name} | {idle:.1f} ms | {loaded:.1f} ms | {item['ratio']:.1f} |")
    item = found["converting"]
    lines += [
        "",
        f"{item['conversions']} tiny conversions, {WORKERS} at a time: {item['bare_s'] * 1000:.0f} ms each as a",
    ]
    lines += [f"command, {item['served_s'] * 1000:.0f} ms each as a task: {item['overhead_ms']:.0f} ms more.", ""]
    facts = found["machine"]
    lines += [f"{facts['processor']}, {facts['cores']} cores. `python benchmarks/service_load.py` makes this page.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measures and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--conversions", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder / "data") as (address, token):
            ids = fill(folder / "data", arguments.tasks)
            found: dict[str, Any] = {"tasks": arguments.tasks, "clients": arguments.clients, "machine": machine_facts()}
            found["reading"] = reading(address, token, ids, arguments.clients)
            found["converting"] = converting(address, token, folder, arguments.conversions)
    (HERE / "results" / f"{NAME}.json").write_text(json.dumps(found, indent=2) + "\n")
    (HERE / "results" / f"{NAME}.md").write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
