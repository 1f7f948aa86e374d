"""How exact quantized models are: ours against all peers on trained networks, in one run.

Everybody gets the same samples and its defaults for int8 on processors. Ours is `modelwright quantize` as it is;
`mixed` is ours with `--max_float 0.25`: a quarter of the quantized tensors may stay float. Models are compared over the
test pictures: signal-to-noise ratio of the outputs in dB, with ONNX Runtime's graph optimization on and off, top-1, and
the CPU time of a run of 8 pictures with one thread. Results go to `results/quantize_accuracy.*`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import run
from quantize_results import heading, sides, table, taken, verdicts, write
from quantizers import OURS, SAMPLES, Network, network

HERE = Path(__file__).parent
NAMES = ("residual", "depthwise", "silu", "attention")
MIXED = f"{OURS} mixed"
GAIN = 3.0
"""dB that mixed precision must gain."""
SHARE = 0.25
"""Tensors that may stay float for it."""
SEARCH = 10.0
"""Seconds that finding them may take."""
SLACK = 0.2
"""dB that are noise."""
DROP = 0.5
"""Points of top-1 that are noise."""
LATENCY = 1.05
"""Latencies that differ by less are equal."""


def facts(job: Network, models: dict[str, Path], scratch: Path) -> dict[str, Any]:
    """What `quantized_facts.py` says of the models."""
    out = scratch / "facts.json"
    named = [f"{side}={path}" for side, path in models.items()]
    run([sys.executable, str(HERE / "quantized_facts.py"), str(job.model), str(job.test), str(out), *named])
    return json.loads(out.read_text())


def measure(name: str, used: list[str], scratch: Path) -> dict[str, Any]:
    """All sides for one network, and ours with mixed precision."""
    job = network(name)
    paths = {side: scratch / f"{side}.onnx" for side in used}
    costs = {side: taken(side, job, path, count=SAMPLES) for side, path in paths.items()}
    paths[MIXED] = scratch / "mixed.onnx"
    flags = ("--max_float", f"{SHARE}")
    costs[MIXED] = taken(MIXED, job, paths[MIXED], count=SAMPLES, flags=flags)
    found = facts(job, {side: path for side, path in paths.items() if path.is_file()}, scratch)
    rows = {side: costs.get(side, {}) | found.get(side, {}) for side in ("float", *paths)}
    return {"network": name, "rows": rows, "bars": bars_of(rows)}


def bars_of(rows: dict[str, Any]) -> dict[str, bool | None]:
    """The bars: accuracy, agreement of optimized and plain, latency, mixed precision."""
    ours, mixed = rows[OURS], rows[MIXED]
    peers = [row for side, row in rows.items() if side not in (OURS, MIXED, "float") and "snr_on" in row]
    plain = "snr_on" in mixed
    return {
        f"SNR at least the best peer's less {SLACK} dB": ours["snr_on"] >= max(p["snr_on"] for p in peers) - SLACK,
        f"top-1 drop at most {DROP} points": ours["top1_on"] >= rows["float"]["top1_on"] - DROP,
        f"optimization changes at most {SLACK} dB": abs(ours["snr_on"] - ours["snr_off"]) <= SLACK,
        "latency no worse than the fastest peer's": ours["latency_ms"] <= LATENCY * min(p["latency_ms"] for p in peers),
        f"mixed precision gains {GAIN:g} dB": mixed["snr_on"] >= ours["snr_on"] + GAIN if plain else None,
        f"with at most {SHARE:.0%} of the tensors in float": floats(ours, mixed) <= SHARE if plain else None,
        f"found in {SEARCH:g} s": mixed["cpu"] - ours["cpu"] <= SEARCH if plain else None,
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
        f"{row['top1_on']:.2f}",
        f"{row['latency_ms']:.2f}",
        f"{row['quantized']} + {row['weights']}",
        *last,
    ]


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help="default: all")
    parser.add_argument("--sides", nargs="*", help="default: ours and every peer that is installed")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    used = sides(arguments.sides)
    jobs = []
    for name in arguments.networks or NAMES:
        with tempfile.TemporaryDirectory() as scratch:
            jobs.append(measure(name, used, Path(scratch)))
    header = ["side", "SNR dB", "not optimized", "top-1 %", "latency ms", "quantized", "CPU s", "peak MiB"]
    lines = []
    for job in jobs:
        rows = [shown(side, row) for side, row in job["rows"].items()]
        lines += [f"## {job['network']}", "", *table(header, rows), "", *verdicts(job["bars"]), ""]
    results = heading(used) | {"samples": SAMPLES, "networks": jobs}
    write("quantize_accuracy", "How exact quantized models are", results, lines)
    missed = any(met is False for job in jobs for met in job["bars"].values())
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
