"""Simplifying the nine light models of the onnx wheel: modelwright against onnxsim and onnxslim, whole processes.

Their weights are made by ConstantOfShape, so that the files are small. Bars: under 2 seconds, a file no larger than the
source, and no more operators than the better peer, where operators are the nodes whose result depends on the input
(the peers write the weights out, we do not, so that the nodes that make weights are counted apart). What comes out is
run on the wheel's own reference input, if its answer is there, else not. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import CommandError, machine_facts, run
from simplify_models import commands

HERE = Path(__file__).parent
NAME = "simplify_light"
SIDES = ("modelwright", "onnxsim", "onnxslim")
SECONDS = 2.0
_FIND = "import onnx; print(onnx.__path__[0])"


def models() -> list[Path]:
    """The light models of the wheel that this interpreter has."""
    found = subprocess.run([sys.executable, "-c", _FIND], check=True, capture_output=True, text=True)
    return sorted(Path(found.stdout.strip(), "backend", "test", "data", "light").glob("*.onnx"))


def measure(model: Path) -> dict[str, Any]:
    """Times, sizes and nodes of all sides."""
    sides: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for side, command in commands(model, Path(scratch)).items():
            if side not in SIDES:
                continue
            try:
                taken = run(command)
            except CommandError as error:
                sides[side] = {"error": str(error)[-300:]}
                continue
            facts = Path(scratch) / "facts.json"
            result = Path(scratch) / f"{side}.onnx"
            run([sys.executable, str(HERE / "light_facts.py"), str(model), str(result), str(facts)])
            sides[side] = json.loads(facts.read_text()) | {"seconds": taken.wall, "cpu": taken.cpu}
            result.unlink()
    ours = sides["modelwright"]
    best = min(found["operators"] for side, found in sides.items() if side != "modelwright" and "error" not in found)
    bars = {
        "right": ours["right"],
        "seconds": ours["seconds"] < SECONDS,
        "bytes": ours["bytes"] <= model.stat().st_size,
        "operators": ours["operators"] <= best,
    }
    return {"model": model.stem, "bytes": model.stat().st_size, "sides": sides, "bars": bars}


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The results as lines of Markdown."""
    lines = [
        "| model | operators | nodes that make weights | bytes | seconds | right | bars |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        sides = [row["sides"][side] for side in SIDES]
        cells = [
            " / ".join(cell(side, key) for side in sides)
            for key in ("operators", "makers", "bytes", "seconds", "right")
        ]
        cells[2] = f"{row['bytes']:,} -> {cells[2]}"
        missed = [name for name, met in row["bars"].items() if not met]
        lines.append(
            "| " + " | ".join([row["model"], *cells, "NOT met: " + ", ".join(missed) if missed else "met"]) + " |"
        )
    return lines


def cell(side: dict[str, Any], key: str) -> str:
    """One number of one side."""
    if "error" in side:
        return "fails"
    value = side[key]
    return (
        {"bytes": f"{value:,}", "seconds": f"{value:.2f}"}.get(key, str(value))
        if key != "right"
        else str(value).lower()
    )


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    rows = []
    for model in models():
        print(f"measuring {model.stem} ...", file=sys.stderr, flush=True)
        rows.append(measure(model))
    lines = ["# Simplifying the light models of the onnx wheel", "", *table(rows), ""]
    lines += ["Columns with slashes: modelwright / onnxsim / onnxslim, whole processes.", ""]
    (HERE / "results" / f"{NAME}.json").write_text(
        json.dumps({"machine": machine_facts(), "models": rows}, indent=1) + "\n"
    )
    (HERE / "results" / f"{NAME}.md").write_text("\n".join(lines))
    print("\n".join(lines))
    return 1 if arguments.strict and not all(all(row["bars"].values()) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
