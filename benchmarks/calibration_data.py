"""Measures what it costs to read calibration images, against the shortest way in Pillow and numpy.

    python benchmarks/calibration_data.py [--runs 3]

Images are generated. The cost of one image is the difference between a process that reads many and one that reads one;
memory is that of a process that reads 32, and of one that reads 256.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measuring import Measurement, machine_facts, median, run, versions
from PIL import Image

RESULTS = Path(__file__).parent / "results"
CASE = Path(__file__).with_name("calibration_data_case.py")
SETS = {"photographs of 500 x 375, JPEG": (375, 500, "jpg", 256), "of 4000 x 3000, JPEG": (3000, 4000, "jpg", 16),
        "of 640 x 480, PNG": (480, 640, "png", 64)}  # fmt: skip
FEW, MANY = 32, 256


def make(folder: Path, height: int, width: int, suffix: str, count: int) -> None:
    """Writes smooth scenes with some noise."""
    rng = np.random.default_rng(0)
    for index in range(count):
        coarse = rng.integers(0, 256, (height // 24 + 2, width // 24 + 2, 3), dtype=np.uint8)
        scene = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.float32)
        noisy = scene + rng.normal(0, 4, (height, width, 1)).astype(np.float32)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(folder / f"{index:04}.{suffix}", quality=90)


def measured(tool: str, folder: Path, count: int, runs: int) -> Measurement:
    """A process that reads ``count`` images, median of some runs."""
    return median([run([sys.executable, str(CASE), tool, str(folder), str(count)]) for _ in range(runs)])


def case(folder: Path, count: int, runs: int) -> dict[str, Any]:
    """Milliseconds of CPU for an image, by tool."""
    found: dict[str, Any] = {}
    for tool in ("modelwright", "pillow"):
        many, one = measured(tool, folder, count, runs), measured(tool, folder, 1, runs)
        found[tool] = {"cpu_ms": round((many.cpu - one.cpu) / (count - 1) * 1000, 2), "peak_mib": round(many.peak_mib)}
    found["ratio"] = round(found["modelwright"]["cpu_ms"] / found["pillow"]["cpu_ms"], 2)
    return found


def page(data: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "# Reading calibration images",
        "",
        "CPU milliseconds for one image, from the file to a normalized input of 224 x 224 (PT_IMAGENET), against the",
        "shortest way in Pillow and numpy. Large JPEGs are decoded at a fraction of their size where that is still",
        "four times the wanted one.",
        "",
        "| images | modelwright | Pillow and numpy | ratio |",
        "|---|---|---|---|",
    ]
    for name, row in data["cases"].items():
        lines.append(f"| {name} | {row['modelwright']['cpu_ms']} | {row['pillow']['cpu_ms']} | {row['ratio']} |")
    few, many = data["memory"][str(FEW)], data["memory"][str(MANY)]
    facts = data["machine"]
    lines += [
        "",
        f"Peak memory with {FEW} images {few:.0f} MiB, with {MANY} images {many:.0f} MiB.",
        "",
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, "
        + ", ".join(f"{name} {version}" for name, version in data["versions"].items())
        + f"; median of {data['runs']} runs. `python benchmarks/calibration_data.py` makes this page.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    cases: dict[str, Any] = {}
    memory: dict[str, float] = {}
    for name, (height, width, suffix, count) in SETS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make(folder, height, width, suffix, count)
            cases[name] = case(folder, count, runs)
            if count >= MANY:
                memory = {str(size): measured("modelwright", folder, size, runs).peak_mib for size in (FEW, MANY)}
    packages = versions(sys.executable, ["pillow", "numpy"])
    data = {"machine": machine_facts(), "versions": packages, "runs": runs, "cases": cases, "memory": memory}
    (RESULTS / "calibration_data.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "calibration_data.md").write_text(page(data), encoding="utf-8")
    print(page(data))


if __name__ == "__main__":
    main()
