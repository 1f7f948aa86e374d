"""The scaled-out conversion service while its server, workers, broker and database are killed at random.

Starts PostgreSQL, a broker, an S3 server, a server and two workers, converts `--tasks` models of three kinds
undisturbed, and then the same ones in another project while one part after the other is killed without a word and
started again. Every task must end once, none may be lost, and all models must be the same bytes. Results go to
`results/`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
from measuring import machine_facts
from scaled_service import BROKERS, Scaled, persist, scaled
from sqlalchemy import func, select

from modelwright.client import Client, NewTask, Task
from modelwright.service.database import Database
from modelwright.service.storage.commits import commits

HERE = Path(__file__).parent
NAME = "service_faults"
TEMPLATES = ("Onnx-To-Onnx", "Onnx-To-TFLite", "Onnx-To-MindIR")
SETTINGS = {"LEASE_SECONDS": "5", "ATTEMPTS": "20"}
APART = ("job_log.txt", ".report.json")
"""Endings of artifacts that tell times, and so are never the same."""
PARTS = ("server", "worker1", "worker2", "worker1", "worker2", "broker", "database")
"""What is killed; workers twice as often."""


def model(number: int) -> bytes:
    """A small network with weights of its own."""
    chance = np.random.default_rng(number)
    weights = {
        "w1": chance.normal(size=(8, 16)).astype(np.float32),
        "w2": chance.normal(size=(16, 4)).astype(np.float32),
    }
    nodes = [
        onnx.helper.make_node("MatMul", ["x", "w1"], ["a"]),
        onnx.helper.make_node("Relu", ["a"], ["b"]),
        onnx.helper.make_node("MatMul", ["b", "w2"], ["y"]),
    ]
    tensors = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, size])
        for name, size in (("x", 8), ("y", 4))
    ]
    given = [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = onnx.helper.make_graph(nodes, "g", tensors[:1], tensors[1:], given)
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return made.SerializeToString()


def put_inputs(service: Scaled, project: str, count: int) -> list[str]:
    """The models in the project's storage; their folders' URLs."""
    root = f"{service.store.root}/{project}/in"
    for number in range(count):
        service.files.pipe_file(f"{root}/{number}/net.onnx".removeprefix("s3://"), model(number))
    return [f"{root}/{number}" for number in range(count)]


def convert(service: Scaled, client: Client, project: str, inputs: list[str]) -> list[Task]:
    """Converts all of them, whatever happens to the service meanwhile; the tasks as they ended."""
    for number, url in enumerate(inputs):
        new = NewTask(
            name=f"t{number}",
            template=TEMPLATES[number % len(TEMPLATES)],
            input=url,
            output=f"{service.store.root}/{project}/out/{number}",
            priority=number % 10,
        )
        persist(lambda new=new: client.create_task(new, key=new.name))
    while any(not task.status.over for task in persist(lambda: list(client.tasks()))):
        time.sleep(0.5)
    return sorted(persist(lambda: list(client.tasks())), key=lambda task: int(task.name[1:]))


def models(service: Scaled, client: Client, task: Task) -> dict[str, str]:
    """The hashes of a task's models, of the objects themselves."""
    found: dict[str, str] = {}
    for item in persist(lambda: client.task(task.id)).artifacts:
        path = f"{task.output}/{item.name}".removeprefix("s3://")
        digest = hashlib.sha256(service.files.cat_file(path)).hexdigest()
        if digest != item.sha256:
            raise SystemExit(f"{path} is not what the task gave")
        if not item.name.endswith(APART):
            found[item.name] = digest
    return found


class Storm:
    """Kills one part after the other and starts it again."""

    def __init__(self, service: Scaled, seed: int, pause: float) -> None:
        self.kills: Counter[str] = Counter()
        self.fault: BaseException | None = None
        self._service = service
        self._chance = random.Random(seed)  # noqa: S311  to be repeated
        self._pause = pause
        self._over = threading.Event()

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Until the context is left; then everything runs again."""
        thread = threading.Thread(target=self._rage)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
        if self.fault is not None:
            raise self.fault

    def _rage(self) -> None:
        try:
            while not self._over.wait(self._chance.uniform(0.3, 2 * self._pause)):
                name = self._chance.choice(PARTS)
                part = self._service.parts[name]
                part.kill()
                self.kills[name.rstrip("12")] += 1
                time.sleep(self._chance.uniform(0.0, 2.0))
                part.start()
        except Exception as error:  # noqa: BLE001  raised again where the storm ends
            self.fault = error


def calm(service: Scaled, count: int) -> tuple[list[dict[str, str]], float]:
    """The models of an undisturbed run, and its seconds."""
    with service.project("calm") as client:
        inputs = put_inputs(service, "calm", count)
        begun = time.perf_counter()
        tasks = convert(service, client, "calm", inputs)
        seconds = time.perf_counter() - begun
        wrong = [
            (task.name, task.status, task.error) for task in tasks if task.status != "Successful" or task.attempt > 1
        ]
        if wrong or len(tasks) != count:
            raise SystemExit(f"the undisturbed run went wrong: {wrong}")
        return [models(service, client, task) for task in tasks], seconds


def run(broker: str, count: int, seed: int, pause: float) -> dict[str, Any]:
    """What came of a run; what must be zero is among it."""
    with tempfile.TemporaryDirectory() as name, scaled(Path(name), broker, settings=SETTINGS) as service:
        expected, quiet = calm(service, count)
        with service.project("storm") as client:
            inputs = put_inputs(service, "storm", count)
            storm = Storm(service, seed, pause)
            begun = time.perf_counter()
            with storm.raging():
                tasks = convert(service, client, "storm", inputs)
            seconds = time.perf_counter() - begun
            found = [models(service, client, task) for task in tasks]
            attempts = Counter(task.attempt for task in tasks)
            left = _left(service, "storm")
        return {
            "broker": broker,
            "seed": seed,
            "tasks": count,
            "seconds": {"calm": quiet, "storm": seconds},
            "kills": dict(sorted(storm.kills.items())),
            "ended": dict(Counter(str(task.status) for task in tasks)),
            "attempts": {str(key): attempts[key] for key in sorted(attempts)},
            "lost": count - len({task.name for task in tasks}),
            "twice": _committed(service) - 2 * count,
            "different": sum(one != other for one, other in zip(expected, found, strict=False)),
            "left_behind": left,
            "failed": [f"{task.name}: {task.error}" for task in tasks if task.error],
        }


def _committed(service: Scaled) -> int:
    """How many results were committed, of both runs."""
    database = Database(service.variables["MODELWRIGHT_SERVICE_DATABASE"])
    with database.read() as connection:
        count = connection.execute(select(func.count()).select_from(commits)).scalar_one()
    database.close()
    return int(count)


def _left(service: Scaled, project: str) -> int:
    """How many temporary objects lie in output folders."""
    paths = service.files.find(f"{service.store.root}/{project}/out".removeprefix("s3://"))
    hidden = [path for path in paths if "/.modelwright/" in path]
    return sum(not path.endswith(".1.json") for path in hidden)


def good(found: dict[str, Any]) -> bool:
    """Whether every task ended once with the same models."""
    zero = all(found[name] == 0 for name in ("lost", "twice", "different"))
    return zero and found["ended"] == {"Successful": found["tasks"]}


def page(runs: list[dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = ["# The conversion service while its parts are killed", ""]
    lines += ["Parts are killed by `kill -9` one after the other, at random, and started again within two seconds:", ""]
    lines += ["| broker | tasks | killed | ended well | lost | twice | other bytes | most attempts | calm | storm |"]
    lines += ["|---|---|---|---|---|---|---|---|---|---|"]
    for item in runs:
        kills = ", ".join(f"{name} {count}" for name, count in item["kills"].items())
        lines.append(
            f"| {item['broker']} | {item['tasks']} | {kills} | {item['ended'].get('Successful', 0)} | {item['lost']} "
            f"| {item['twice']} | {item['different']} | {max(map(int, item['attempts']))} "
            f"| {item['seconds']['calm']:.0f} s | {item['seconds']['storm']:.0f} s |"
        )
    facts = machine_facts()
    lines += [
        "",
        f"{facts['processor']}, {facts['cores']} cores; two workers with one task at a time, PostgreSQL, moto's S3,",
    ]
    lines += ["all on this machine. `python benchmarks/service_faults.py` makes this page.", ""]
    return "\n".join(lines)


def main() -> None:
    """Runs and writes the results."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two kills, on average")
    parser.add_argument("--broker", choices=sorted(BROKERS), action="append")
    arguments = parser.parse_args()
    runs = []
    for broker in arguments.broker or BROKERS:
        runs.append(run(broker, arguments.tasks, arguments.seed, arguments.pause))
        print(json.dumps(runs[-1], indent=2), flush=True)
    if arguments.broker is None and arguments.tasks >= 200:
        (HERE / "results" / f"{NAME}.json").write_text(
            json.dumps({"machine": machine_facts(), "runs": runs}, indent=2) + "\n"
        )
        (HERE / "results" / f"{NAME}.md").write_text(page(runs))
    print(page(runs))
    if not all(good(item) for item in runs):
        raise SystemExit("not every task ended once with the same result")


if __name__ == "__main__":
    main()
