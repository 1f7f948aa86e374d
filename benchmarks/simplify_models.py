"""Simplifying what PyTorch exports: modelwright against onnxsim and onnxslim, whole processes, in one run.

Each tool is its own command line in its own environment, in turns, after one run that does not count. Ours is
`modelwright convert onnx --onnxsim --no_verify`: reading, simplifying, onnx.checker with strict shape inference, and
writing, with hashes of both files and a report, which the peers do not make; `with proof` is the same with verification
(both models run in ONNX Runtime and are compared), which the peers do not do either. What came out is run in ONNX
Runtime, with one thread, and compared with PyTorch's own answers, for another batch than the export saw. Results go to
`results/`.

The models are those of `tests/oracle/make_torch_models.py`; `make bench` sets everything up.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measuring import CommandError, Measurement, machine_facts, median, run, versions

HERE = Path(__file__).parent
NAME = "simplify_models"
PEERS = ("onnxsim", "onnxslim")
LEGEND = (
    "Columns with slashes: source / modelwright / onnxsim / onnxslim. CPU ratio: modelwright over the faster peer; the "
    "bars are nodes and latency no worse than the better peer's, and a ratio of at most 0.5. Latency: CPU time of a "
    "run with one thread, batch 3. Errors: against PyTorch, relative to the largest output."
)
LATENCY_SLACK = 1.03
"""Latencies that differ by less than this are equal: the spread between equal models on a quiet machine."""
MODELS = (
    "bert_script", "bert_script_spelled", "bert_dynamo", "vit_script", "vit_dynamo", "swin_script", "swin_dynamo",
    "yolo_script", "yolo_dynamo", "yolo_sizes",
)  # fmt: skip


def environment_path(variable: str, *default: str) -> Path:
    """A path from the environment, else one under ~/.cache/modelwright."""
    return Path(os.environ.get(variable) or Path.home().joinpath(".cache", "modelwright", *default))


def peer_python(peer: str) -> Path:
    """The interpreter of a peer's environment."""
    return environment_path(f"MODELWRIGHT_{peer.upper()}_PYTHON", "venvs", peer, "bin", "python")


def commands(model: Path, folder: Path) -> dict[str, list[str]]:
    """The command line of every side."""
    ours = [str(Path(sys.executable).with_name("modelwright")), "convert", "onnx", "--input", str(model), "--onnxsim"]
    peers = {peer: [str(peer_python(peer).with_name(peer)), str(model), str(folder / f"{peer}.onnx")] for peer in PEERS}
    return {
        "modelwright": [*ours, "--no_verify", "--output", str(folder / "modelwright.onnx")],
        "with proof": [*ours, "--output", str(folder / "proved.onnx")],
        **peers,
    }


def measure_model(name: str, folder: Path, repeats: int) -> dict[str, Any]:
    """Medians of all sides, and what their results are like."""
    with tempfile.TemporaryDirectory() as scratch:
        sides = commands(folder / "model.onnx", Path(scratch))
        taken: dict[str, list[Measurement]] = {side: [] for side in sides}
        failed: dict[str, str] = {}
        for repeat in range(repeats + 1):
            for side, command in sides.items():
                if side in failed:
                    continue
                try:
                    measurement = run(command)
                except CommandError as error:
                    failed[side] = str(error)
                    continue
                if repeat:
                    taken[side].append(measurement)
        artifacts = {side: Path(scratch) / f"{side}.onnx" for side in ("modelwright", *PEERS) if side not in failed}
        facts = Path(scratch) / "facts.json"
        models = [f"{side}={path}" for side, path in artifacts.items() if path.is_file()]
        first = f"source={folder / 'model.onnx'}"
        reference = str(folder / "ref_b3.npz")
        run([sys.executable, str(HERE / "simplified_facts.py"), reference, str(facts), first, *models])
        found = json.loads(facts.read_text())
    measured = {side: asdict(median(values)) for side, values in taken.items() if values}
    return {"model": name, "measured": measured, "artifacts": found, "failed": failed, **verdict_on(measured, found)}


def verdict_on(measured: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Whether nodes, latency and time meet the bars, against the better peer in each."""
    peers = [peer for peer in PEERS if peer in found and peer in measured]
    ours = found["modelwright"]
    nodes = min(found[peer]["nodes"] for peer in peers)
    latency = min(found[peer]["latency_ms"] for peer in peers)
    cpu = min(measured[peer]["cpu"] for peer in peers)
    wall = min(measured[peer]["wall"] for peer in peers)
    return {
        "nodes_met": ours["nodes"] <= nodes,
        "latency_ratio": ours["latency_ms"] / latency,
        "latency_met": ours["latency_ms"] <= latency * LATENCY_SLACK,
        "cpu_ratio": measured["modelwright"]["cpu"] / cpu,
        "wall_ratio": measured["modelwright"]["wall"] / wall,
        "time_met": measured["modelwright"]["cpu"] <= cpu / 2,
    }


def rows_of(results: dict[str, Any]) -> Iterator[list[str]]:
    """The table: a header, then a row for each model."""
    sides = ("modelwright", "with proof", *PEERS)
    yield [
        "model",
        *(f"{side}: CPU s, wall s, MiB" for side in sides),
        "CPU ratio",
        "nodes",
        "latency ms",
        "error",
        "bars",
    ]
    for job in results["models"]:
        cells = []
        for side in sides:
            taken = job["measured"].get(side)
            cells.append(
                f"{taken['cpu']:.2f}, {taken['wall']:.2f}, {taken['peak_mib']:.0f}" if taken is not None else "failed"
            )
        shown = [job["artifacts"].get(side) for side in ("source", "modelwright", *PEERS)]
        columns = [
            " / ".join("-" if item is None else form(item) for item in shown)
            for form in (lambda i: str(i["nodes"]), lambda i: f"{i['latency_ms']:.1f}", lambda i: f"{i['error']:.0e}")
        ]
        bars = [name for name in ("nodes", "latency", "time") if not job[f"{name}_met"]]
        yield [
            job["model"],
            *cells,
            f"{job['cpu_ratio']:.2f}",
            *columns,
            f"NOT met: {', '.join(bars)}" if bars else "met",
        ]


def facts_line(results: dict[str, Any]) -> str:
    """Machine and versions in one paragraph."""
    machine = results["machine"]
    first = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    parts = [
        f"{side}: " + ", ".join(f"{k} {v}" for k, v in found.items()) for side, found in results["versions"].items()
    ]
    return f"{first}. Python {machine['python']}. " + ". ".join(parts) + f". Median of {results['repeats']}."


def write(results: dict[str, Any]) -> None:
    """Writes results/<name>.json and .md."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.json").write_text(json.dumps(results, indent=1) + "\n")
    rows = list(rows_of(results))
    lines = ["# Simplifying what PyTorch exports", "", facts_line(results), ""]
    lines += ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    lines += [
        "",
        LEGEND,
        "",
    ]
    (folder / f"{NAME}.md").write_text("\n".join(lines))


def show(results: dict[str, Any]) -> None:
    """Prints the table."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 200)
    rows = rows_of(results)
    table = Table(title="Simplifying what PyTorch exports")
    for column in next(rows):
        table.add_column(column)
    for row in rows:
        table.add_row(*row, style="red" if "NOT met" in row[-1] else None)
    console.print(table)
    console.print(facts_line(results))


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names of models; default all")
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each side; default 3")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    cache = environment_path("MODELWRIGHT_ORACLE_CACHE", "oracle")
    jobs = []
    for name in arguments.models or MODELS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        jobs.append(measure_model(name, cache / name, arguments.repeats))
    ours = ["numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf"]
    peers = {peer: versions(str(peer_python(peer)), [peer, "onnx", "numpy", "onnxruntime"]) for peer in PEERS}
    results = {
        "machine": machine_facts(),
        "versions": {"modelwright": versions(sys.executable, ours), **peers},
        "repeats": arguments.repeats,
        "models": jobs,
    }
    show(results)
    if not arguments.models:
        write(results)
    missed = [job for job in jobs if not (job["nodes_met"] and job["latency_met"] and job["time_met"])]
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
