"""What quantizing costs: ours against all peers on ResNet-18 and MobileNetV2 at 224, whole processes, in one run.

Everybody gets the same samples. Peers find ranges and insert Q/DQ (xslim tunes besides). `modelwright ranges` is ours
doing that (`--finetune_level 0`), with all that a run of ours has besides: the doctor, the report, the check and the
comparison of what was written with the float model. `modelwright` is ours with its defaults, which tunes; `modelwright
bare` is ranges without report and comparison, which is what peers do. The bars are held against ranges and against
bare. Peak memory of the first two is also taken with 32 and with 512 samples. `forward only` runs the samples through
the float model in ONNX Runtime and does nothing else. With `--repeats`, what takes over half a minute is measured once.
Results go to `results/quantize_cost.*`.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from pathlib import Path
from typing import Any

from quantize_results import heading, sides, table, taken, verdicts, write
from quantizers import FORWARD, OURS, SAMPLES, network

NAMES = ("resnet18", "mobilenet_v2")
RANGES = f"{OURS} ranges"
BARE = f"{OURS} bare"
FLAGS = {
    RANGES: ("--finetune_level", "0"),
    BARE: ("--finetune_level", "0", "--no_report", "--no_verify"),
}
COUNTS = (32, 512)
FACTORS = {
    "onnxruntime-entropy": 10.0,
    "onnxruntime-percentile": 10.0,
    "xslim": 20.0,
    "nncf": 1.8,
    "onnxruntime-minmax": 1.0,
}
"""How many times ours must be cheaper than a peer in CPU seconds, on MobileNetV2."""
MEMORY = 15.0
"""How many times less memory than onnxruntime's Percentile."""


def measure(name: str, used: list[str], repeats: int) -> dict[str, Any]:
    """Costs of all sides for one network, and of ours for other numbers of samples."""
    job = network(name)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.onnx"
        rows = {side: taken(side, job, out, count=SAMPLES, repeats=repeats, flags=FLAGS.get(side, ())) for side in used}
        flat = {
            side: {
                count: taken(side, job, out, count=count, repeats=repeats, flags=FLAGS.get(side, ()))
                for count in COUNTS
            }
            for side in (RANGES, OURS)
            if side in used
        }
    return {"network": name, "rows": rows, "other_counts": flat}


def bars_of(rows: dict[str, Any], flat: dict[str, Any]) -> dict[str, bool | None]:
    """The bars, for one network."""
    bars: dict[str, bool | None] = {}
    for side, (peer, factor) in itertools.product((RANGES, BARE), FACTORS.items()):
        ours, theirs = rows.get(side, {}).get("cpu"), rows.get(peer, {}).get("cpu")
        bar = f"{side}: CPU at most 1/{factor:g} of {peer}"
        bars[bar] = theirs >= factor * ours if ours is not None and theirs is not None else None
    percentile = rows.get("onnxruntime-percentile", {})
    for side in (RANGES, OURS):
        peak = rows.get(side, {}).get("peak_mib")
        known = peak is not None and "peak_mib" in percentile
        bar = f"{side}: memory at most 1/{MEMORY:g} of onnxruntime-percentile"
        bars[bar] = percentile["peak_mib"] >= MEMORY * peak if known else None
        peaks = [item["peak_mib"] for item in flat.get(side, {}).values() if "peak_mib" in item]
        bar = f"{side}: memory within 5% between {COUNTS[0]} and {COUNTS[1]} samples"
        bars[bar] = max(peaks) <= 1.05 * min(peaks) if len(peaks) == len(COUNTS) else None
    return bars


def shown(item: dict[str, Any], ranges: float | None) -> list[str]:
    """CPU seconds, wall seconds, MiB, and CPU seconds over those of our ranges."""
    if "failed" in item:
        return ["failed", "", "", item["failed"].replace("|", "/")[:80]]
    ratio = f"{item['cpu'] / ranges:.1f}" if ranges else ""
    return [f"{item['cpu']:.1f}", f"{item['wall']:.1f}", f"{item['peak_mib']:.0f}", ratio]


def report(job: dict[str, Any]) -> list[str]:
    """Table and verdicts of one network."""
    ranges = job["rows"].get(RANGES, {}).get("cpu")
    rows = [[side, *shown(item, ranges)] for side, item in job["rows"].items()]
    for side, counts in job["other_counts"].items():
        rows += [[f"{side}, {count} samples", *shown(item, ranges)] for count, item in counts.items()]
    lines = [f"## {job['network']}, {SAMPLES} samples", ""]
    lines += table(["side", "CPU s", "wall s", "peak MiB", "CPU / our ranges"], rows)
    return [*lines, "", *verdicts(job["bars"]), ""]


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", help="default: all")
    parser.add_argument("--sides", nargs="*", help="default: ours and every peer that is installed")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    used = sides(arguments.sides)
    used = [FORWARD, RANGES, BARE, *used] if used[0] == OURS else used
    jobs = [measure(name, used, arguments.repeats) for name in arguments.networks or NAMES]
    for job in jobs:
        job["bars"] = bars_of(job["rows"], job["other_counts"])
    results = heading(used) | {"samples": SAMPLES, "networks": jobs}
    write("quantize_cost", "What quantizing costs", results, [line for job in jobs for line in report(job)])
    missed = any(met is False for job in jobs for met in job["bars"].values())
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
