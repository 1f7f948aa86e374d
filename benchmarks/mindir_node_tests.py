"""The node tests of the ONNX standard as MindIR: right in MindSpore, refused with a reason, or wrong.

    MODELWRIGHT_MS_PYTHON=PYTHON python benchmarks/mindir_node_tests.py [--every N] [--only TEXT]

Each test's model is written as MindIR, run by MindSpore on the test's own inputs, and compared with the test's expected
outputs. Results go to `results/`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import threading
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from backend_cases import write_cases
from measuring import machine_facts, versions
from onnx import numpy_helper

from modelwright.backends.mindir.write import write
from modelwright.errors import ModelwrightError
from modelwright.hub.io import load

HERE = Path(__file__).parent
NAME = "mindir_node_tests"
RIGHT, REFUSED, WRONG, FAULT = "right", "refused", "wrong", "fault"
PATIENCE = 120.0
FLOATS = {onnx.TensorProto.FLOAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One test: what came of it, and whether it is about float32."""

    name: str
    verdict: str
    reason: str
    floats: bool


class MindSpore:
    """A process that runs models, started again when it dies."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._child: subprocess.Popen[str] | None = None

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """What it answers."""
        if self._child is None:
            self._child = subprocess.Popen(
                [self._python, "-W", "ignore", str(HERE / "mindspore_case.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the process has no pipes")
        watch = threading.Timer(PATIENCE, child.kill)
        watch.start()
        try:
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            self._child = None
            return {"error": "MindSpore ended over it"}
        return json.loads(line)


def try_case(folder: Path, mindspore: MindSpore) -> Row:
    """Writes, runs and compares one test."""
    model = load(folder / "model.onnx")
    proto = onnx.load(folder / "model.onnx")
    floats = about_floats(proto)
    given = {item.name for item in proto.graph.initializer}
    infos = [item for item in proto.graph.input if item.name not in given]

    def row(verdict: str, reason: str = "") -> Row:
        return Row(name=folder.name, verdict=verdict, reason=" ".join(reason.split())[:400], floats=floats)

    try:
        arrays = [read(folder / f"input_{place}.pb", info) for place, info in enumerate(infos)]
        expected = [read(folder / f"output_{place}.pb", info) for place, info in enumerate(proto.graph.output)]
    except (TypeError, ValueError, KeyError) as error:
        return row(REFUSED, f"no tensors: {error}")
    bind_constants(model, dict(zip([info.name for info in infos], arrays, strict=True)))
    try:
        write(model, folder / "model.mindir")
    except ModelwrightError as error:
        return row(REFUSED if error.exit_code == 2 else FAULT, str(error))
    except Exception as error:  # noqa: BLE001  a fault of ours is a finding here
        return row(FAULT, f"{type(error).__name__}: {error}")
    left = {value.name for value in model.graph.inputs}
    paths = []
    for place, (info, array) in enumerate(zip(infos, arrays, strict=True)):
        if info.name in left:
            paths.append(str(folder / f"input_{place}.npy"))
            np.save(paths[-1], array)
    answer = mindspore.ask({"model": str(folder / "model.mindir"), "inputs": paths, "folder": str(folder)})
    if "error" in answer:
        return row(WRONG, answer["error"])
    tolerance = json.loads((folder / "tolerance.json").read_text())
    results = [np.load(path) for path in answer["outputs"]]
    return judge(row, results, expected, tolerance)


def bind_constants(model: ir.Model, arrays: dict[str, np.ndarray]) -> None:
    """Sizes, axes, indices and the factors of Resize become constants, as exporters write them."""
    resizes = any(node.op_type in ("Resize", "Upsample") for node in model.graph)
    for value in list(model.graph.inputs)[1:]:
        array = arrays.get(value.name or "")
        if array is None:
            continue
        if (array.dtype.kind in "iu" or resizes) and array.ndim <= 1 and array.size <= 64 and value.name:
            value.const_value = ir.tensor(array, name=value.name)
            model.graph.inputs.remove(value)
            model.graph.register_initializer(value)


def judge(row: Any, results: list[np.ndarray], expected: list[np.ndarray], tolerance: dict[str, float]) -> Row:
    """Compares values, dtypes and shapes."""
    if len(results) != len(expected):
        return row(WRONG, f"{len(results)} results")
    for result, wanted in zip(results, expected, strict=True):
        if result.dtype != wanted.dtype or result.shape != wanted.shape:
            return row(WRONG, f"{result.dtype}{list(result.shape)} instead of {wanted.dtype}{list(wanted.shape)}")
        close = np.isclose(
            result.astype(np.float64),
            wanted.astype(np.float64),
            rtol=max(tolerance["rtol"], 1e-4),
            atol=max(tolerance["atol"], 1e-5),
            equal_nan=True,
        )
        if not close.all():
            return row(WRONG, f"{int((~close).sum())} of {close.size} values differ")
    return row(RIGHT)


def read(path: Path, info: onnx.ValueInfoProto) -> np.ndarray:
    """A tensor."""
    if not info.type.HasField("tensor_type"):
        raise TypeError(info.type.WhichOneof("value"))
    return numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))


def about_floats(model: onnx.ModelProto) -> bool:
    """Whether all tensors that go in or out are numbers that MindSpore computes with, float32 among them."""
    infos = [*model.graph.input, *model.graph.output]
    kinds = {info.type.tensor_type.elem_type if info.type.HasField("tensor_type") else 0 for info in infos}
    allowed = {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.INT32, onnx.TensorProto.BOOL}
    return kinds <= allowed and onnx.TensorProto.FLOAT in kinds


def table(rows: list[Row], facts: dict[str, Any]) -> str:
    """The results as a page."""
    lines = [
        "# ONNX node tests as MindIR",
        "",
        f"MindSpore {facts['mindspore']} on the processor, against the tests' outputs, one in {facts['every']}.",
        "Sizes, axes and small indices are constants, as exporters write them.",
        "",
        "| tests | right | refused with a reason | wrong | fault | right of all |",
        "|---|---|---|---|---|---|",
    ]
    for label, some in (("all", rows), ("float32", [row for row in rows if row.floats])):
        counts = Counter(row.verdict for row in some)
        numbers = (len(some), *(counts[kind] for kind in (RIGHT, REFUSED, WRONG, FAULT)))
        lines.append(f"| {label} | {' | '.join(map(str, numbers))} | {counts[RIGHT] / max(len(some), 1):.1%} |")
    lines += ["", *[f"- {row.verdict}: {row.name}: {row.reason}" for row in rows if row.verdict in (WRONG, FAULT)]]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Runs the tests and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th test only")
    parser.add_argument("--only", default="", help="take tests whose names hold this")
    arguments = parser.parse_args()
    python = os.environ["MODELWRIGHT_MS_PYTHON"]
    mindspore = MindSpore(python)
    with tempfile.TemporaryDirectory() as folder:
        cases = [path for path in write_cases(Path(folder)) if path.name.startswith("test_")]
        chosen = [path for path in cases if arguments.only in path.name][:: arguments.every]
        rows = [try_case(path, mindspore) for path in chosen]
    facts = {"machine": machine_facts(), "mindspore": versions(python, ["mindspore"])["mindspore"]}
    facts["every"] = arguments.every
    print(table(rows, facts))
    if arguments.only:
        return
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / f"{NAME}.json").write_text(json.dumps({**facts, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    (results / f"{NAME}.md").write_text(table(rows, facts))


if __name__ == "__main__":
    main()
