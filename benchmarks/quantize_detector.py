"""A detector whose boxes and scores leave in one Concat, quantized by all sides: mean average precision, in one run.

Boxes are numbers up to 96 and scores up to 1, so that one scale for both leaves the scores a few steps.
Results go to `results/quantize_detector.*`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from quantize_accuracy import LATENCY, SLACK, facts
from quantize_results import heading, sides, table, taken, verdicts, write
from quantizers import OURS, SAMPLES, network

DROP = 1.0
"""Points of mAP that ours may lose."""
PLAIN = 5.0
"""Points that plain quantization loses here: else the scenes show nothing."""


def measure(used: list[str]) -> dict[str, Any]:
    """All sides."""
    job = network("detector")
    with tempfile.TemporaryDirectory() as scratch:
        paths = {side: Path(scratch) / f"{side}.onnx" for side in used}
        costs = {side: taken(side, job, path, count=SAMPLES) for side, path in paths.items()}
        found = facts(job, {side: path for side, path in paths.items() if path.is_file()}, Path(scratch))
    return {side: costs.get(side, {}) | found.get(side, {}) for side in ("float", *paths)}


def bars_of(rows: dict[str, Any]) -> dict[str, bool | None]:
    """The bars."""
    true, ours = rows["float"]["map_on"], rows[OURS]
    plain = rows.get("onnxruntime-minmax", {}).get("map_on")
    peers = [row["latency_ms"] for side, row in rows.items() if side not in (OURS, "float") and "latency_ms" in row]
    return {
        f"mAP within {DROP:g} point": ours["map_on"] >= true - DROP,
        f"plain onnxruntime loses more than {PLAIN:g}": None if plain is None else plain < true - PLAIN,
        f"optimization changes at most {SLACK} dB": abs(ours["snr_on"] - ours["snr_off"]) <= SLACK,
        "latency no worse than the fastest peer's": ours["latency_ms"] <= LATENCY * min(peers) if peers else None,
    }


def shown(side: str, row: dict[str, Any]) -> list[str]:
    """A row of the table."""
    if "map_on" not in row:
        return [side, (row.get("failed") or row.get("error", "")).replace("|", "/")[:80], *[""] * 6]
    numbers = [f"{row[key]:.2f}" for key in ("map_on", "map50_on", "map_off")]
    ratio = "" if row["snr_on"] is None else f"{row['snr_on']:.2f}"
    last = [f"{row['cpu']:.1f}", f"{row['peak_mib']:.0f}"] if "cpu" in row else ["", ""]
    return [side, *numbers, ratio, f"{row['latency_ms']:.2f}", *last]


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="*", help="default: ours and every peer that is installed")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    used = sides(arguments.sides)
    rows = measure(used)
    bars = bars_of(rows)
    header = ["side", "mAP %", "mAP at 0.5", "not optimized", "SNR dB", "latency ms", "CPU s", "peak MiB"]
    lines = [*table(header, [shown(side, row) for side, row in rows.items()]), "", *verdicts(bars)]
    results = heading(used) | {"samples": SAMPLES, "rows": rows, "bars": bars}
    write("quantize_detector", "A detector, quantized", results, lines)
    return 1 if False in bars.values() and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
