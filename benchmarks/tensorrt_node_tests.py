"""The node tests of the ONNX standard as TensorRT engines: built, refused with a reason, or wrong.

    MODELWRIGHT_TRT_PYTHON=PYTHON python benchmarks/tensorrt_node_tests.py [--every N]

Each test's model is converted for one GPU; the ONNX that the engine is made from is run and compared with the test's
model. What `modelwright check` says of them beforehand is measured by `check_conversion.py`. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
from backend_cases import write_cases
from measuring import machine_facts, versions

import modelwright as mw
from modelwright.errors import InternalError, ToolError, UserError, VerificationFailed
from modelwright.hub.random_inputs import choose_shapes

NAME = "tensorrt_node_tests"
RESULTS = Path(__file__).with_name("results")
BUILT, REFUSED, WRONG, FAULT = "built", "refused", "wrong", "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One test: what the conversion did, and why."""

    name: str
    verdict: str
    reason: str
    compared: bool


def convert(folder: Path) -> Row:
    """Converts one test's model."""
    model = folder / "model.onnx"
    verdict, reason, compared = BUILT, "", False
    try:
        report = mw.convert(model, folder / "model.engine", target_options=options(model))
        compared = bool(report.verification and report.verification.outputs)
    except VerificationFailed as error:
        verdict, reason = WRONG, str(error)
    except (InternalError, ToolError) as error:
        verdict, reason = FAULT, str(error)
    except UserError as error:
        verdict, reason = REFUSED, str(error)
    except Exception as error:  # noqa: BLE001  a fault of ours is a finding here
        verdict, reason = FAULT, f"{type(error).__name__}: {error}"
    shutil.rmtree(folder)
    return Row(name=folder.name, verdict=verdict, reason=reason, compared=compared)


def options(model: Path) -> dict[str, Any]:
    """One GPU, and sizes for what is open."""
    specs = mw.info(model).inputs
    given = onnx.load(model, load_external_data=False).graph.initializer
    inputs = [spec for spec in specs if spec.name not in {item.name for item in given}]
    shapes = choose_shapes(inputs, {})
    opened = [
        f"{spec.name}[{','.join(map(str, shapes[spec.name]))}]"
        for spec in inputs
        if spec.shape is not None and any(not isinstance(dim, int) for dim in spec.shape)
    ]
    return {"compute_capability": "8.9", **({"opt_shapes": opened} if opened else {})}


def table(rows: list[Row], facts: dict[str, Any]) -> str:
    """The results as a page."""
    counts = Counter(row.verdict for row in rows)
    sample = f" (one in {facts['every']})" if facts["every"] > 1 else ""
    compared = sum(row.compared for row in rows if row.verdict == BUILT)
    lines = [
        "# ONNX node tests as TensorRT engines",
        "",
        f"{len(rows)} tests{sample}, TensorRT-RTX {facts['tensorrt_rtx']}, compute capability 8.9, no GPU.",
        "",
        "| built | of these compared with the source | refused with a reason | wrong | fault |",
        "|---|---|---|---|---|",
        "| " + " | ".join(map(str, (counts[BUILT], compared, counts[REFUSED], counts[WRONG], counts[FAULT]))) + " |",
        "",
        *[
            f"- {row.verdict}: {row.name}: {' '.join(row.reason.split())[:300]}"
            for row in rows
            if row.verdict in (WRONG, FAULT)
        ],
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Runs the tests and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th test only")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = [path for path in write_cases(Path(folder)) if path.name.startswith("test_")][:: arguments.every]
        with multiprocessing.Pool(arguments.jobs, maxtasksperchild=50) as pool:
            rows = pool.map(convert, cases, chunksize=1)
    python = os.environ["MODELWRIGHT_TRT_PYTHON"]
    facts = {
        "machine": machine_facts(),
        "tensorrt_rtx": versions(python, ["tensorrt_rtx"])["tensorrt_rtx"],
        "every": arguments.every,
    }
    RESULTS.mkdir(exist_ok=True)
    data = {**facts, "rows": [asdict(row) for row in rows]}
    (RESULTS / f"{NAME}.json").write_text(json.dumps(data, indent=1) + "\n")
    (RESULTS / f"{NAME}.md").write_text(table(rows, facts))
    print((RESULTS / f"{NAME}.md").read_text())


if __name__ == "__main__":
    main()
