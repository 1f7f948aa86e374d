"""Simplifying ONNX's backend tests: modelwright against onnxsim and onnxslim, in one run.

The cases are those of onnx 1.22, which the peers' environments hold, as far as ONNX Runtime gives the expected answers
on the model as it is. Every tool simplifies each case in a process of its own; the results run in ONNX Runtime. Nodes
are added up over the cases that all three got right: all nodes, subgraphs and functions included, and those that are
no Constant. `make bench` sets everything up; results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from forked import Job, run_jobs
from measuring import machine_facts, versions
from simplify_models import peer_python

HERE = Path(__file__).parent
NAME = "simplify_backend"
TOOLS = ("modelwright", "onnxsim", "onnxslim")


def python_of(tool: str) -> str:
    """The interpreter that has a tool."""
    return sys.executable if tool == "modelwright" else str(peer_python(tool))


def checked(jobs: list[Job], log: Path) -> list[Job]:
    """Runs models and compares their answers with the cases' own."""
    return run_jobs([sys.executable, str(HERE / "check_case.py")], jobs, log)


def source_cases(folder: Path, log: Path) -> list[Job]:
    """Writes the cases, and gives those that ONNX Runtime answers rightly."""
    run_jobs([python_of("onnxslim"), str(HERE / "backend_cases.py"), str(folder)], [], log)
    jobs = [{"case": str(case), "model": str(case / "model.onnx")} for case in sorted(folder.iterdir())]
    found = checked(jobs, log)
    print(f"{len(found)} cases, of which ONNX Runtime answers", Counter(item["status"] for item in found))
    return [item for item in found if item["status"] == "right"]


def simplified(tool: str, cases: list[Job], folder: Path) -> dict[str, Job]:
    """What a tool made of each case: its status, nodes and CPU seconds."""
    folder.mkdir()
    jobs = [
        {"case": item["case"], "source": item["model"], "model": str(folder / f"{Path(item['case']).name}.onnx")}
        for item in cases
    ]
    log = folder.with_suffix(".log")
    answers = run_jobs([python_of(tool), str(HERE / "simplify_case.py"), tool], jobs, log)
    done = [item for item in answers if item["status"] == "done"]
    rest = [item for item in answers if item["status"] != "done"]
    return {Path(item["case"]).name: item for item in [*rest, *checked(done, log)]}


def summary(results: dict[str, dict[str, Job]], source: dict[str, Job]) -> dict[str, Any]:
    """Counts of each tool, and nodes on the cases that all got right."""
    common = [name for name in source if all(found[name]["status"] == "right" for found in results.values())]
    sides: dict[str, Any] = {"source": {"right": len(source), "nodes": nodes_of(source, common)}}
    for tool, found in results.items():
        statuses = Counter(item["status"] for item in found.values())
        sides[tool] = {
            **{status: statuses[status] for status in ("right", "wrong", "error", "crash")},
            "nodes": nodes_of(found, common),
            "cpu_seconds": round(sum(item.get("cpu", 0.0) for item in found.values()), 1),
            "failures": {name: item["reason"] for name, item in found.items() if item["status"] != "right"},
        }
    ours, best = sides["modelwright"], [min(sides[peer]["nodes"][i] for peer in TOOLS[1:]) for i in (0, 1)]
    met = ours["right"] == len(source) and all(a <= b for a, b in zip(ours["nodes"], best, strict=True))
    return {"cases": len(source), "common": len(common), "sides": sides, "met": met}


def nodes_of(found: dict[str, Job], names: list[str]) -> list[int]:
    """All nodes, and those that are no Constant."""
    return [sum(found[name][key] for name in names) for key in ("nodes", "operators")]


def table(results: dict[str, Any]) -> list[str]:
    """The result as lines of Markdown."""
    lines = ["| tool | right | wrong | error | nodes | without Constant |", "|---|---|---|---|---|---|"]
    for side, found in results["sides"].items():
        cells = [side, found["right"], found.get("wrong", ""), found.get("error", "") or "", *found["nodes"]]
        if found.get("crash"):
            cells[3] = f"{found['error']}, {found['crash']} crashed or hung"
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def write(results: dict[str, Any]) -> None:
    """Writes results/<name>.json and .md, and prints the table."""
    parts = [
        f"{tool}: " + ", ".join(f"{k} {v}" for k, v in found.items()) for tool, found in results["versions"].items()
    ]
    lines = ["# Simplifying ONNX's backend tests", "", ". ".join(parts) + ".", "", *table(results), ""]
    lines.append(
        f"{results['cases']} of onnx 1.22's backend tests run rightly in ONNX Runtime as they are. Nodes: over the "
        f"{results['common']} cases that all tools got right."
    )
    bar = "met" if results["met"] else "NOT met"
    lines += [f"Every case right and no more nodes than the better peer: {bar}.", ""]
    folder = HERE / "results"
    (folder / f"{NAME}.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / f"{NAME}.md").write_text("\n".join(lines))
    print("\n".join(lines))


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    os.environ["ALLOW_RELEASED_ONNX_OPSETS_ONLY"] = "0"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cases = source_cases(folder / "cases", folder / "source.log")
        found = {tool: simplified(tool, cases, folder / tool) for tool in TOOLS}
    results = summary(found, {Path(item["case"]).name: item for item in cases})
    results["machine"] = machine_facts()
    results["versions"] = {tool: versions(python_of(tool), ["onnx", "onnxruntime"]) for tool in TOOLS}
    for tool in TOOLS[1:]:
        results["versions"][tool] |= versions(python_of(tool), [tool])
    write(results)
    return 1 if arguments.strict and not results["met"] else 0


if __name__ == "__main__":
    sys.exit(main())
