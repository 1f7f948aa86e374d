"""Paddle to ONNX: `modelwright convert paddle` against `paddle2onnx`, whole processes, in one run.

Both sides convert ResNet-18 and a recognizer like PP-OCR's, saved by Paddle 3 as PIR, each in its own environment, in
turns, into files that are not there yet, after one run that does not count; the medians are compared. modelwright's
time includes checking its result.
What came out is run in ONNX Runtime and compared with Paddle's own answers. A second table tells for every network of
`tests/oracle/make_paddle_models.py`, in both formats, how far each side's result is from Paddle's.
"""

from __future__ import annotations

import argparse
import contextlib
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
NAME = "paddle_to_onnx"
OPSET = "17"
MEASURED = ("resnet18_pir", "text_recognizer_pir")
TIME_BAR, MEMORY_BAR = 4.0, 4.0
OURS = ["numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf"]
PEERS = ["paddle2onnx", "paddlepaddle", "numpy", "onnx"]
SIDES = ("modelwright", "paddle2onnx")


def environment_path(variable: str, *default: str) -> Path:
    """A path from the environment, else one under ~/.cache/modelwright."""
    return Path(os.environ.get(variable) or Path.home().joinpath(".cache", "modelwright", *default))


def command(side: str, folder: Path, output: Path, peer: Path) -> list[str]:
    """One side's command line; the flags are the same."""
    program = "inference.json" if folder.name.endswith("_pir") else "inference.pdmodel"
    flags = ["--model_dir", str(folder), "--model_filename", program, "--params_filename", "inference.pdiparams"]
    flags += ["--save_file", str(output), "--opset_version", OPSET]
    if side == "modelwright":
        return [str(Path(sys.executable).with_name("modelwright")), "convert", "paddle", *flags]
    return [str(peer.with_name("paddle2onnx")), *flags]


def facts_of(output: Path, folder: Path, scratch: Path) -> dict[str, Any]:
    """Nodes and error of a result, found in a process of its own so that this one stays small."""
    facts = scratch / "facts.json"
    run([sys.executable, str(HERE / "artifact_facts.py"), str(output), str(folder / "reference.npz"), str(facts)])
    return json.loads(facts.read_text())


def measure(folder: Path, repeats: int, peer: Path) -> dict[str, Any]:
    """Medians of both sides, and what their results are like."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        taken: dict[str, list[Measurement]] = {side: [] for side in SIDES}
        for repeat in range(repeats + 1):
            for side in SIDES:
                output = scratch / f"{side}.onnx"
                output.unlink(missing_ok=True)
                measurement = run(command(side, folder, output, peer))
                if repeat:
                    taken[side].append(measurement)
        sides = {
            side: asdict(median(values)) | facts_of(scratch / f"{side}.onnx", folder, scratch)
            for side, values in taken.items()
        }
    ours, theirs = (sides[side] for side in SIDES)
    times, smaller = theirs["wall"] / ours["wall"], theirs["peak_mib"] / ours["peak_mib"]
    met = times >= TIME_BAR and smaller >= MEMORY_BAR
    return {"model": folder.name, "sides": sides, "times_faster": times, "times_smaller": smaller, "met": met}


def error_of(side: str, folder: Path, peer: Path) -> float | str:
    """The largest relative error of one side's result, or why there is none."""
    with tempfile.TemporaryDirectory() as name:
        output = Path(name, "result.onnx")
        try:
            run(command(side, folder, output, peer))
            return facts_of(output, folder, Path(name))["error"]
        except CommandError:
            return "does not run in ONNX Runtime" if output.exists() else "no model"


def conversion_rows(results: dict[str, Any]) -> Iterator[list[str]]:
    """The table of measured conversions."""
    yield ["model", *SIDES, "faster", "smaller", "nodes", "largest error", f"bar {TIME_BAR:.0f}x, {MEMORY_BAR:.0f}x"]
    for row in results["conversions"]:
        pair = [row["sides"][side] for side in SIDES]
        cells = [f"{side['wall']:.2f} s, {side['cpu']:.2f} s CPU, {side['peak_mib']:.0f} MiB" for side in pair]
        ratios = [f"{row['times_faster']:.1f}x", f"{row['times_smaller']:.1f}x"]
        nodes = " / ".join(str(side["nodes"]) for side in pair)
        errors = " / ".join(f"{side['error']:.1e}" for side in pair)
        yield [row["model"], *cells, *ratios, nodes, errors, "met" if row["met"] else "NOT met"]


def error_rows(results: dict[str, Any]) -> Iterator[list[str]]:
    """The table of whole networks."""
    yield ["network", *SIDES]
    for name, sides in results["errors"].items():
        yield [name, *(f"{sides[side]:.1e}" if isinstance(sides[side], float) else sides[side] for side in SIDES)]


def facts_line(results: dict[str, Any]) -> str:
    """Machine and versions in one paragraph."""
    machine = results["machine"]
    first = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
    parts = [
        f"{side}: " + ", ".join(f"{k} {v}" for k, v in found.items()) for side, found in results["versions"].items()
    ]
    return f"{first}. Python {machine['python']}. " + ". ".join(parts) + f". Median of {results['repeats']}."


def write(results: dict[str, Any]) -> None:
    """Writes and prints results/<name>.json and .md."""
    (HERE / "results" / f"{NAME}.json").write_text(json.dumps(results, indent=1) + "\n")
    lines = ["# Paddle to ONNX", "", facts_line(results)]
    for rows in (list(conversion_rows(results)), list(error_rows(results))):
        lines += ["", "| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    lines += ["", "Errors are the largest difference from Paddle over the largest magnitude of an output.", ""]
    (HERE / "results" / f"{NAME}.md").write_text("\n".join(lines))
    print("\n".join(lines))


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each side; default 3")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    cache = environment_path("MODELWRIGHT_ORACLE_CACHE", "oracle").absolute() / "paddle"
    peer = environment_path("MODELWRIGHT_PADDLE2ONNX_PYTHON", "venvs", "paddle2onnx", "bin", "python")
    folders = sorted(path for path in cache.iterdir() if (path / "reference.npz").is_file())
    # paddle2onnx leaves files in the folder that it is started in.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        conversions = [measure(cache / name, arguments.repeats, peer) for name in MEASURED]
        errors = {folder.name: {side: error_of(side, folder, peer) for side in SIDES} for folder in folders}
    results = {
        "machine": machine_facts(),
        "versions": {"modelwright": versions(sys.executable, OURS), "paddle2onnx": versions(str(peer), PEERS)},
        "repeats": arguments.repeats,
        "conversions": conversions,
        "errors": errors,
    }
    write(results)
    return 1 if arguments.strict and not all(row["met"] for row in conversions) else 0


if __name__ == "__main__":
    sys.exit(main())
