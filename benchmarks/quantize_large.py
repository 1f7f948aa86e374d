"""A transformer of 2.5 GB, quantized: peak memory against that of its weights, ours and onnxruntime's.

The model is made by `make_large_model.py` and kept in the oracle's cache. What is asked of both: every product of
matrices in int8, ranges from the extremes of a few token sequences. What they wrote is not compared here: for random
weights of this size the run alone would take more memory than quantizing. Results go to `results/quantize_large.*`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from make_large_model import VOCABULARY, make
from quantize_results import heading, table, taken, verdicts, write
from quantizers import OURS, Network, cache_path

LAYERS, WIDTH, HEADS = 12, 2048, 16
COUNT, LENGTH = 8, 32
PEER = "onnxruntime-minmax"
BAR = 1.3
"""Peak memory over the weights."""


def large_network(scratch: Path) -> Network:
    """The model, and a few sequences of tokens."""
    folder = cache_path("MODELWRIGHT_ORACLE_CACHE", "oracle") / "large"
    if not (folder / "model.onnx").is_file():
        make(folder, LAYERS, WIDTH, HEADS)
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        np.save(scratch / f"{number:02d}.npy", rng.integers(0, VOCABULARY, (1, LENGTH)))
    return Network(name="large", model=folder / "model.onnx", samples=scratch, test=folder)


def measure(used: list[str]) -> tuple[float, dict[str, Any]]:
    """MiB of the weights, and what every side takes."""
    with tempfile.TemporaryDirectory() as samples, tempfile.TemporaryDirectory() as scratch:
        job = large_network(Path(samples))
        weights = job.model.with_name("model.onnx.data").stat().st_size / 2**20
        flags = ("--method", "minmax", "--no_verify")
        rows = {side: taken(side, job, Path(scratch) / "out.onnx", count=COUNT, flags=flags) for side in used}
    return weights, rows


def main() -> int:
    """Measures, writes and prints; the exit code is 1 if a bar was not met and `--strict` was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="*", default=[OURS, PEER])
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a bar is not met")
    arguments = parser.parse_args()
    weights, rows = measure(arguments.sides)
    ours = rows.get(OURS, {}).get("peak_mib")
    bars = {f"peak memory at most {BAR} times the weights": None if ours is None else ours <= BAR * weights}
    cells = [
        [side, item["failed"][:80], "", "", ""]
        if "failed" in item
        else [side, f"{item['cpu']:.1f}", f"{item['wall']:.1f}", f"{item['peak_mib']:.0f}",
              f"{item['peak_mib'] / weights:.2f}"]
        for side, item in rows.items()
    ]  # fmt: skip
    lines = [f"Weights: {weights:.0f} MiB; {COUNT} sequences of {LENGTH} tokens.", ""]
    lines += [*table(["side", "CPU s", "wall s", "peak MiB", "times the weights"], cells), "", *verdicts(bars)]
    results = heading(arguments.sides) | {"weights_mib": weights, "rows": rows, "bars": bars}
    write("quantize_large", "Quantizing a transformer of 2.5 GB", results, lines)
    return 1 if False in bars.values() and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
