"""Opset changes by modelwright and by onnx.version_converter over the ONNX backend node tests, in one run.

Each test's model goes to every opset from 9 to the newest, is run there and compared with the test's expected outputs,
then comes back to its own opset and is run again. Then real graphs: the light models of the onnx wheel and the example
network. Results go to `results/`. `--every N` takes every N-th test only; with `--work FOLDER` a run that was stopped
goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import onnx
from measuring import machine_facts, versions
from opset_cases import cases

HERE = Path(__file__).parent
NAME = "opset_roundtrip"
TARGETS = list(range(9, onnx.defs.onnx_opset_version() + 1))
TOOLS = ("ours", "onnx")
VERDICTS = ("right", "wrong", "refused", "crash", "unrunnable")
PATIENCE = 600.0
"""Seconds that a process may take for one test at all its targets."""


class Worker:
    """A process that answers jobs, started again when it dies."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._child: subprocess.Popen[str] | None = None

    def ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or None when the process died over it."""
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-W", "ignore", str(HERE / self._script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the process has no pipes")
        watch = threading.Timer(PATIENCE, child.kill)
        watch.start()
        try:
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if line.endswith("\n"):
            return json.loads(line)
        child.wait()
        self._child = None
        return None

    def close(self) -> None:
        """Ends the process."""
        if self._child is not None:
            self._child.communicate()


def answers(tool: str, names: list[str], kept: Path) -> Iterator[dict[str, Any]]:
    """Each test's verdicts; those in ``kept`` are not asked for again, new ones are added to it."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    known = {row["case"]: row for row in map(json.loads, lines)}
    yield from (known[name] for name in names if name in known)
    with kept.open("a") as file:
        for row in _asked(tool, [name for name in names if name not in known]):
            file.write(json.dumps(row) + "\n")
            file.flush()
            yield row


def _asked(tool: str, names: list[str]) -> Iterator[dict[str, Any]]:
    """Each test's verdicts; targets that killed the process count as ``crash``."""
    worker = Worker("opset_case.py")
    for name in names:
        job = {"case": name, "tool": tool, "targets": TARGETS}
        answer = worker.ask(job)
        if answer is None:
            answer = {"verdicts": {}, "judges": {}}
            for target in TARGETS:
                found = worker.ask({**job, "targets": [target]})
                crashed = {"verdicts": {str(target): [["crash", ""]]}}
                answer["verdicts"].update((found or crashed)["verdicts"])
                answer |= {key: found[key] for key in ("opset", "judges") if found}
        yield {"case": name, **answer}
    worker.close()


def measure(names: list[str], work: Path) -> dict[str, list[dict[str, Any]]]:
    """The answers of both tools, at the same time; ``work`` keeps them."""
    with ThreadPoolExecutor(len(TOOLS)) as pool:
        found = {
            tool: pool.submit(lambda tool=tool: list(answers(tool, names, work / f"{tool}.jsonl"))) for tool in TOOLS
        }
        return {tool: future.result() for tool, future in found.items()}


def count(rows: list[dict[str, Any]], *, fixed: bool, leg: int) -> dict[int, Counter[str]]:
    """Verdicts by target, of the tests that some runtime passes to begin with, of changes from another opset.

    Args:
        rows: The answers of one tool.
        fixed: Whether to count the tests with their parameters as initializers, or the others.
        leg: 0 for the verdict at the target, 1 for that after the way back.
    """
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if not row["judges"] or row["case"].endswith("/fixed") is not fixed:
            continue
        for target, verdicts in row["verdicts"].items():
            if int(target) != row["opset"] and leg < len(verdicts):
                found[int(target)][verdicts[leg][0]] += 1
    return found


def real_graphs(paths: list[Path]) -> list[dict[str, Any]]:
    """Both tools on whole networks."""
    worker = Worker("opset_graph.py")
    rows = []
    for path in paths:
        for tool in TOOLS:
            for target in (9, 11, 13, 17, TARGETS[-1]):
                job = {"model": str(path), "tool": tool, "target": target}
                rows.append({**job, "model": path.stem, **(worker.ask(job) or {"verdict": "crash", "reason": ""})})
    worker.close()
    return rows


def table(measured: dict[str, list[dict[str, Any]]], *, fixed: bool) -> list[str]:
    """Markdown: verdicts of both tools at each target, and after the way back."""
    lines = [
        "| opset | right, ours | onnx | wrong, ours | onnx | refused, ours | onnx | back right, ours | onnx |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    there = {tool: count(measured[tool], fixed=fixed, leg=0) for tool in TOOLS}
    back = {tool: count(measured[tool], fixed=fixed, leg=1) for tool in TOOLS}
    wrong_back = {tool: sum(found["wrong"] for found in back[tool].values()) for tool in TOOLS}
    totals: Counter[tuple[str, str]] = Counter()
    for target in TARGETS:
        cells = [str(target)]
        for verdict in ("right", "wrong", "refused"):
            for tool in TOOLS:
                number = there[tool][target][verdict] + (there[tool][target]["crash"] if verdict == "wrong" else 0)
                totals[(verdict, tool)] += number
                cells.append(str(number))
        for tool in TOOLS:
            totals[("back", tool)] += back[tool][target]["right"]
            cells.append(str(back[tool][target]["right"]))
        lines.append(f"| {' | '.join(cells)} |")
    keys = [(verdict, tool) for verdict in ("right", "wrong", "refused", "back") for tool in TOOLS]
    lines.append(f"| all | {' | '.join(str(totals[key]) for key in keys)} |")
    lines += ["", f"Wrong after the way back: ours {wrong_back['ours']}, onnx {wrong_back['onnx']}."]
    return lines


def report(measured: dict[str, list[dict[str, Any]]], graphs: list[dict[str, Any]], every: int) -> str:
    """The page."""
    lines = ["# Opset changes, against onnx.version_converter", ""]
    sample = f" (a sample: one test in {every})" if every > 1 else ""
    judged = sum(1 for row in measured["ours"] if row["judges"])
    lines += [f"onnx {onnx.__version__}; {judged} tests that a runtime passes{sample}."]
    lines += ["", "## Backend node tests as they are (axes, sizes and other parameters are inputs of the graph)", ""]
    lines += table(measured, fixed=False)
    lines += ["", "## The same with parameters as initializers, as networks have them", ""]
    lines += table(measured, fixed=True)
    lines += ["", "## Whole networks", "", "| network | opset | ours | onnx |", "|---|---|---|---|"]
    cells = {(row["model"], row["target"], row["tool"]): row["verdict"] for row in graphs}
    for model, target in dict.fromkeys((row["model"], row["target"]) for row in graphs):
        lines.append(f"| {model} | {target} | {cells[model, target, 'ours']} | {cells[model, target, 'onnx']} |")
    return "\n".join(lines) + "\n"


def networks(folder: Path) -> list[Path]:
    """The light models of the onnx wheel, and the example network as this project converts it."""
    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    example = HERE.parent / "examples" / "digits" / "saved_model"
    digits = folder / "digits.onnx"
    command = ["-m", "modelwright", "convert", "tf2", "--saved-model", str(example), "--output", str(digits)]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return [*sorted(light.glob("*.onnx")), digits]


def main() -> None:
    """Measures, and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every N-th test")
    parser.add_argument("--output", type=Path, default=HERE / "results", metavar="FOLDER")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keeps the answers, which are not asked for again")
    arguments = parser.parse_args()
    names = sorted(name for name, case in cases().items() if case.opset)[:: arguments.every]
    with tempfile.TemporaryDirectory() as folder:
        work: Path = arguments.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        measured = measure(names, work)
        graphs = real_graphs(networks(Path(folder)))
    facts = {
        "machine": machine_facts(),
        "versions": versions(sys.executable, ["onnx", "onnxruntime", "onnx-ir", "numpy"]),
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    problems = {
        tool: [
            [row["case"], target, verdicts[-1][0], verdicts[-1][1]]
            for row in rows
            for target, verdicts in row["verdicts"].items()
            if verdicts[-1][0] in ("wrong", "crash")
        ]
        for tool, rows in measured.items()
    }
    counts = {
        f"{tool}{' fixed' if fixed else ''}{' back' if leg else ''}": count(measured[tool], fixed=fixed, leg=leg)
        for tool in TOOLS
        for fixed in (False, True)
        for leg in (0, 1)
    }
    data = {**facts, "every": arguments.every, "counts": counts, "networks": graphs, "problems": problems}
    (arguments.output / f"{NAME}.json").write_text(json.dumps(data, indent=1) + "\n")
    page = report(measured, graphs, arguments.every)
    (arguments.output / f"{NAME}.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
