"""TensorFlow to ONNX: `modelwright convert tf2` against `python -m tf2onnx.convert`, whole processes, in one run.

Both sides convert MobileNetV2 and ResNet50 (224 x 224) from a SavedModel and from a frozen graph, each in its own
environment, in turns, after one run that does not count; the medians are compared. What came out is run in ONNX Runtime
and compared with TensorFlow's own answers, so that nobody wins by being wrong. Results go to `results/`.

The models are those of `tests/oracle/make_models.py`; `make bench` sets everything up.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measuring import Measurement, machine_facts, median, run, versions

HERE = Path(__file__).parent
NAME = "tensorflow_to_onnx"
OPSET = "17"
OURS = ["numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf"]
PEERS = ["tf2onnx", "tensorflow-cpu", "numpy", "onnx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model in one form, and how much faster and smaller we want to be."""

    model: str
    form: str
    time_bar: float
    memory_bar: float

    @property
    def label(self) -> str:
        """What the table calls it."""
        return f"{self.model} {self.form}"


JOBS = [
    Job(model="mobilenet_v2", form="SavedModel", time_bar=10, memory_bar=4),
    Job(model="mobilenet_v2", form="frozen", time_bar=10, memory_bar=4),
    Job(model="resnet50", form="SavedModel", time_bar=10, memory_bar=10),
    Job(model="resnet50", form="frozen", time_bar=10, memory_bar=10),
]


def environment_path(variable: str, *default: str) -> Path:
    """A path from the environment, else one under ~/.cache/modelwright."""
    return Path(os.environ.get(variable) or Path.home().joinpath(".cache", "modelwright", *default))


def source_flags(job: Job, folder: Path) -> list[str]:
    """The flags that name the source, the same for both sides."""
    if job.form == "SavedModel":
        return ["--saved-model", str(folder / "saved_model")]
    frozen = json.loads((folder / "meta.json").read_text())["frozen"]
    ends = ["--inputs", ",".join(frozen["inputs"]), "--outputs", ",".join(frozen["outputs"])]
    return ["--graphdef", str(folder / frozen["path"]), *ends]


def commands(job: Job, folder: Path, output: Path, peer: str) -> dict[str, list[str]]:
    """Both sides' command lines."""
    flags = source_flags(job, folder)
    ours = str(Path(sys.executable).with_name("modelwright"))
    return {
        "modelwright": [ours, "convert", "tf2", *flags, "--opset", OPSET, "--output", str(output / "modelwright.onnx")],
        "tf2onnx": [peer, "-m", "tf2onnx.convert", *flags, "--opset", OPSET, "--output", str(output / "tf2onnx.onnx")],
    }


def measure_job(job: Job, folder: Path, repeats: int, peer: str) -> dict[str, Any]:
    """Medians of both sides, and what their artifacts are like."""
    with tempfile.TemporaryDirectory() as scratch:
        both = commands(job, folder, Path(scratch), peer)
        taken: dict[str, list[Measurement]] = {side: [] for side in both}
        for repeat in range(repeats + 1):
            for side, command in both.items():
                measurement = run(command)
                if repeat:
                    taken[side].append(measurement)
        # In a process of its own, so that this one stays small: see measuring.py.
        reference = folder / ("ref_b3.npz" if job.form == "SavedModel" else "frozen_b3.npz")
        artifacts = {}
        for side in both:
            facts = Path(scratch) / f"{side}.json"
            model = Path(scratch) / f"{side}.onnx"
            run([sys.executable, str(HERE / "artifact_facts.py"), str(model), str(reference), str(facts)])
            artifacts[side] = json.loads(facts.read_text())
    sides = {side: asdict(median(values)) | artifacts[side] for side, values in taken.items()}
    ours, theirs = sides["modelwright"], sides["tf2onnx"]
    times, smaller = theirs["wall"] / ours["wall"], theirs["peak_mib"] / ours["peak_mib"]
    met = times >= job.time_bar and smaller >= job.memory_bar
    return {**asdict(job), "sides": sides, "times_faster": times, "times_smaller": smaller, "met": met}


def measure_commands(folder: Path, repeats: int) -> list[dict[str, Any]]:
    """CPU seconds of the commands that must feel instant."""
    ours = str(Path(sys.executable).with_name("modelwright"))
    rows = []
    for label, arguments, bar in [
        ("--help", ["--help"], 0.15),
        ("info (ResNet50 SavedModel)", ["info", str(folder / "resnet50" / "saved_model")], 0.7),
        ("info (ResNet50 frozen)", ["info", str(folder / "resnet50" / "frozen.pb")], 0.7),
    ]:
        run([ours, *arguments])
        taken = median([run([ours, *arguments]) for _ in range(max(repeats, 5))])
        rows.append({"command": label, "bar": bar, "met": taken.cpu < bar, **asdict(taken)})
    return rows


def conversion_rows(results: dict[str, Any]) -> Iterator[list[str]]:
    """The table of conversions: a header, then a row for each job."""
    yield ["model", "modelwright", "tf2onnx", "faster", "smaller", "nodes", "largest error", "bar"]
    for job in results["conversions"]:
        ours, theirs = job["sides"]["modelwright"], job["sides"]["tf2onnx"]
        cells = [
            f"{side['wall']:.2f} s, {side['cpu']:.2f} s CPU, {side['peak_mib']:.0f} MiB" for side in (ours, theirs)
        ]
        bar = f"{job['time_bar']:.0f}x, {job['memory_bar']:.0f}x: {'met' if job['met'] else 'NOT met'}"
        ratios = [f"{job['times_faster']:.1f}x", f"{job['times_smaller']:.1f}x"]
        nodes = f"{ours['nodes']} / {theirs['nodes']}"
        errors = f"{ours['error']:.1e} / {theirs['error']:.1e}"
        yield [f"{job['model']} {job['form']}", *cells, *ratios, nodes, errors, bar]


def command_rows(results: dict[str, Any]) -> Iterator[list[str]]:
    """The table of small commands: a header, then a row for each."""
    yield ["modelwright ...", "CPU", "wall", "peak", "bar"]
    for row in results["commands"]:
        bar = f"{row['bar']} s CPU: {'met' if row['met'] else 'NOT met'}"
        yield [row["command"], f"{row['cpu']:.2f} s", f"{row['wall']:.2f} s", f"{row['peak_mib']:.0f} MiB", bar]


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
    lines = ["# TensorFlow to ONNX", "", facts_line(results)]
    for rows in (list(conversion_rows(results)), list(command_rows(results))):
        lines += ["", "| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    lines += ["", "Columns with a slash: modelwright / tf2onnx. Errors are relative to the largest output.", ""]
    (folder / f"{NAME}.md").write_text("\n".join(lines))


def show(results: dict[str, Any]) -> None:
    """Prints the tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 180)
    for title, rows in [("TensorFlow to ONNX", conversion_rows(results)), ("Small commands", command_rows(results))]:
        table = Table(title=title)
        for column in next(rows):
            table.add_column(column)
        for row in rows:
            table.add_row(*row, style=None if "NOT met" not in row[-1] else "red")
        console.print(table)
    console.print(facts_line(results))


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each side; default 3")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    cache = environment_path("MODELWRIGHT_ORACLE_CACHE", "oracle")
    peer = str(environment_path("MODELWRIGHT_TF2ONNX_PYTHON", "venvs", "tf2onnx", "bin", "python"))
    conversions = []
    for job in JOBS:
        print(f"measuring {job.label} ...", file=sys.stderr, flush=True)
        conversions.append(measure_job(job, cache / job.model, arguments.repeats, peer))
    results = {
        "machine": machine_facts(),
        "versions": {"modelwright": versions(sys.executable, OURS), "tf2onnx": versions(peer, PEERS)},
        "repeats": arguments.repeats,
        "conversions": conversions,
        "commands": measure_commands(cache, arguments.repeats),
    }
    write(results)
    show(results)
    missed = [row for row in [*conversions, *results["commands"]] if not row["met"]]
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
