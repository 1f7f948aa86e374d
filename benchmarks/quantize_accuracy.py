"""How exact quantized models are: ours against all peers on trained networks, in one run.

Everybody gets the same samples and its defaults for int8 on processors. Ours is `modelwright quantize` as it is;
`mixed` is ours with `--max_float 0.25`: a quarter of the quantized tensors may stay float. `level 2` is ours with
`--finetune_level 2`, which rounds weights by what it does to the outputs, as xslim's training does. Models are compared
over the test pictures: signal-to-noise ratio of the outputs in dB, with ONNX Runtime's graph optimization on and off,
top-1 where the network was trained for classes, and the CPU time of a run of 8 pictures with one thread.

Results go to `results/quantize_accuracy.*`, after each network. A side that fails, or takes longer than `--limit`
seconds, has its error in the table, and the others go on. With `--keep DIR` what was quantized stays there, and a run
that was interrupted goes on behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import CommandError, run
from quantize_results import heading, sides, table, taken, verdicts, write
from quantizers import OURS, SAMPLES, Network, network

HERE = Path(__file__).parent
NAMES = ("residual", "depthwise", "silu", "attention", "mobilenet_v2", "resnet18")
MIXED = f"{OURS} mixed"
TUNED = f"{OURS} level 2"
GAIN = 3.0
"""dB that mixed precision must gain."""
SHARE = 0.25
"""Tensors that may stay float for it."""
FLAGS = {MIXED: ("--max_float", f"{SHARE}"), TUNED: ("--finetune_level", "2")}
SEARCH = 10.0
"""Seconds that finding them may take."""
SLACK = 0.2
"""dB that are noise."""
DROP = 0.5
"""Points of top-1 that are noise."""
LATENCY = 1.05
"""Latencies that differ by less are equal."""


LIMIT = 1800.0
"""Seconds that a side may take."""
LARGE = 4 << 20
"""Bytes of a network from which on its latency is measured with fewer runs."""


def facts(job: Network, models: dict[str, Path], scratch: Path) -> dict[str, Any]:
    """What `quantized_facts.py` says of the models; of each alone if it does not survive one."""
    try:
        return _facts(job, models, scratch)
    except CommandError as error:
        if len(models) < 2:
            return {side: {"error": str(error).splitlines()[-1][:300]} for side in models}
        found: dict[str, Any] = {}
        for side, path in models.items():
            found |= facts(job, {side: path}, scratch)
        return found


def _facts(job: Network, models: dict[str, Path], scratch: Path) -> dict[str, Any]:
    out = scratch / "facts.json"
    named = [f"{side}={path}" for side, path in models.items()]
    repeats = "20" if job.model.stat().st_size > LARGE else "60"
    script = [sys.executable, str(HERE / "quantized_facts.py"), str(job.model), str(job.test), str(out)]
    run([*script, *named, "--repeats", repeats], limit=LIMIT)
    return json.loads(out.read_text())


def quantized(side: str, job: Network, path: Path, limit: float) -> dict[str, Any]:
    """Costs of a side; what an earlier run left in the folder counts."""
    known = path.with_suffix(".costs.json")
    if known.is_file():
        return json.loads(known.read_text())
    path.unlink(missing_ok=True)
    costs = taken(side, job, path, count=SAMPLES, flags=FLAGS.get(side, ()), limit=limit)
    known.write_text(json.dumps(costs))
    return costs


def measure(name: str, used: list[str], folder: Path, limit: float) -> dict[str, Any]:
    """All sides for one network."""
    job = network(name)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {side: folder / f"{side.replace(' ', '-')}.onnx" for side in used}
    costs = {side: quantized(side, job, path, limit) for side, path in paths.items()}
    written = {side: path for side, path in paths.items() if path.is_file() and "failed" not in costs[side]}
    found = facts(job, written, folder)
    rows = {side: costs.get(side, {}) | found.get(side, {}) for side in ("float", *paths)}
    return {"network": name, "rows": rows, "bars": bars_of(rows)}


def bars_of(rows: dict[str, Any]) -> dict[str, bool | None]:
    """The bars: accuracy, agreement of optimized and plain, latency, mixed precision; None where not measured."""
    ours, tuned, mixed, true = (rows.get(side, {}) for side in (OURS, TUNED, MIXED, "float"))
    peers = [row for side, row in rows.items() if side not in (OURS, TUNED, MIXED, "float") and "snr_on" in row]
    best = max((peer["snr_on"] for peer in peers), default=None)
    level = f"SNR at least the best peer's less {SLACK} dB"
    fastest = min((peer["latency_ms"] for peer in peers), default=None)
    known, both = "snr_on" in ours, "snr_on" in ours and "snr_on" in mixed
    classes = known and "top1_on" in ours and "top1_on" in true
    return {
        level: ours["snr_on"] >= best - SLACK if known and best else None,
        f"level 2: {level}": tuned["snr_on"] >= best - SLACK if "snr_on" in tuned and best else None,
        f"top-1 drop at most {DROP} points": ours["top1_on"] >= true["top1_on"] - DROP if classes else None,
        f"optimization changes at most {SLACK} dB": abs(ours["snr_on"] - ours["snr_off"]) <= SLACK if known else None,
        "latency no worse than the fastest peer's": (
            ours["latency_ms"] <= LATENCY * fastest if known and fastest else None
        ),
        f"mixed precision gains {GAIN:g} dB": mixed["snr_on"] >= ours["snr_on"] + GAIN if both else None,
        f"with at most {SHARE:.0%} of the tensors in float": floats(ours, mixed) <= SHARE if both else None,
        f"found in {SEARCH:g} s": mixed["cpu"] - ours["cpu"] <= SEARCH if both else None,
    }


def floats(full: dict[str, Any], mixed: dict[str, Any]) -> float:
    """The share of the quantized tensors, activations and weights, that are float in the second model."""
    counts = [row["quantized"] + row["weights"] for row in (full, mixed)]
    return 1 - counts[1] / counts[0]


def shown(side: str, row: dict[str, Any]) -> list[str]:
    """A row of the table."""
    if "snr_on" not in row:
        return [side, (row.get("failed") or row.get("error", "")).replace("|", "/")[:80], *[""] * 6]
    ratios = ["", ""] if row["snr_on"] is None else [f"{row['snr_on']:.2f}", f"{row['snr_off']:.2f}"]
    last = [f"{row['cpu']:.1f}", f"{row['peak_mib']:.0f}"] if "cpu" in row else ["", ""]
    return [
        side,
        *ratios,
        f"{row['top1_on']:.2f}" if "top1_on" in row else "",
        f"{row['latency_ms']:.2f}",
        f"{row['quantized']} + {row['weights']}",
        *last,
    ]


def report(job: dict[str, Any]) -> list[str]:
    """Table and verdicts of one network."""
    header = ["side", "SNR dB", "not optimized", "top-1 %", "latency ms", "quantized", "CPU s", "peak MiB"]
    rows = [shown(side, row) for side, row in job["rows"].items()]
    return [f"## {job['network']}", "", *table(header, rows), "", *verdicts(job["bars"]), ""]


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help="default: all")
    parser.add_argument("--sides", nargs="*", help="default: ours and every peer that is installed")
    parser.add_argument("--keep", type=Path, help="folder for what is quantized, for a run that goes on")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"seconds a side may take; default {LIMIT:g}")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    used = sides(arguments.sides)
    used = [OURS, TUNED, MIXED, *used[1:]] if used[0] == OURS else used
    results = heading(used) | {"samples": SAMPLES, "networks": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = (arguments.keep or Path(scratch)).resolve()
        for name in arguments.networks or NAMES:
            results["networks"].append(measure(name, used, folder / name, arguments.limit))
            lines = [line for job in results["networks"] for line in report(job)]
            write("quantize_accuracy", "How exact quantized models are", results, lines)
    missed = any(met is False for job in results["networks"] for met in job["bars"].values())
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
