"""The node tests of the ONNX standard as plans for Ascend's compiler: planned, refused with a reason, or wrong.

    python benchmarks/ascend_node_tests.py [--every N]

No compiler takes part: a plan is right when its ONNX model, at opset 18, gives the test's outputs in ONNX Runtime.
Where ONNX Runtime does not give them with the test's own model either, nothing is said. Results go to `results/`.
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

import numpy as np
import onnx
import onnxruntime
from backend_cases import write_cases
from google.protobuf.message import DecodeError
from measuring import machine_facts
from onnx import numpy_helper

import modelwright as mw
from modelwright.errors import CheckFailed, InternalError, ToolError, UserError, VerificationFailed
from modelwright.hub.random_inputs import choose_shapes

NAME = "ascend_node_tests"
RESULTS = Path(__file__).with_name("results")
PLANNED, REFUSED, WRONG, FAULT, SILENT = "planned", "refused", "wrong", "fault", "no verdict"
CHIP, OPSET = "Ascend310P3", 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One test: what the conversion did and why, and whether its model was compared."""

    name: str
    verdict: str
    code: str
    reason: str
    compared: bool


def convert(folder: Path) -> Row:
    """Plans one test's model."""
    model = folder / "model.onnx"
    verdict, code, reason, compared = PLANNED, "", "", False
    given = reference(folder)
    try:
        report = mw.convert(
            model,
            folder / "model.om",
            opset=opset(model),
            reference=given,
            rtol=json.loads((folder / "tolerance.json").read_text())["rtol"],
            target_options=options(model),
        )
        compared = bool(report.verification and report.verification.outputs)
        if report.status is not mw.Status.PLANNED:
            verdict = FAULT
    except (CheckFailed, UserError) as error:
        verdict, code, reason = REFUSED, error.code, str(error)
    except VerificationFailed as error:
        verdict, code, reason = WRONG if itself_right(folder) else SILENT, error.code, str(error)
    except (InternalError, ToolError) as error:
        verdict, code, reason = FAULT, error.code, str(error)
    except Exception as error:  # noqa: BLE001  a fault of ours is a finding here
        verdict, reason = FAULT, f"{type(error).__name__}: {error}"
    shutil.rmtree(folder)
    reason = reason.replace(f"{folder}/", "")
    return Row(name=folder.name, verdict=verdict, code=code, reason=reason, compared=compared)


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """The test's inputs and outputs by key; empty when some are no tensors of a dtype that numpy has."""
    graph = onnx.load(folder / "model.onnx").graph
    held = {item.name for item in graph.initializer}
    inputs = [item.name for item in graph.input if item.name not in held]
    names = [f"in:{name}" for name in inputs] + [f"out:{item.name}" for item in graph.output]
    files = [folder / f"input_{place}.pb" for place in range(len(inputs))]
    files += [folder / f"output_{place}.pb" for place in range(len(graph.output))]
    try:
        found = [numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())) for path in files]
    except (OSError, TypeError, ValueError, KeyError, DecodeError):
        return {}
    plain = all(array.dtype.kind in "biufc" and array.dtype.isbuiltin == 1 for array in found)
    return dict(zip(names, found, strict=True)) if plain else {}


def reference(folder: Path) -> Path | None:
    """The test's own data as a reference file."""
    found = arrays(folder)
    if not found:
        return None
    np.savez(folder / "reference.npz", **found)
    return folder / "reference.npz"


def itself_right(folder: Path) -> bool:
    """Whether ONNX Runtime gives the test's outputs with the test's own model."""
    found = arrays(folder)
    feeds = {key[3:]: array for key, array in found.items() if key.startswith("in:")}
    try:
        session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        results = session.run(None, feeds)
    except Exception:  # noqa: BLE001  whatever it is, it is not the conversion's
        return False
    wanted = [array for key, array in found.items() if key.startswith("out:")]
    pairs = zip(results, wanted, strict=True)
    return all(got.shape == want.shape and np.allclose(got, want, 1e-3, 1e-5, equal_nan=True) for got, want in pairs)


def opset(model: Path) -> int | None:
    """The opset to bring the model to, when the compiler does not know its own."""
    imports = onnx.load(model, load_external_data=False).opset_import
    version = next((item.version for item in imports if item.domain in ("", "ai.onnx")), OPSET)
    return None if 9 <= version <= OPSET else OPSET


def options(model: Path) -> dict[str, Any]:
    """A chip, and sizes for what is open."""
    specs = mw.info(model).inputs
    given = onnx.load(model, load_external_data=False).graph.initializer
    inputs = [spec for spec in specs if spec.name not in {item.name for item in given}]
    data = arrays(model.parent)
    shapes = choose_shapes(inputs, {}) | {key[3:]: array.shape for key, array in data.items() if key[:3] == "in:"}
    opened = [
        f"{spec.name}:{','.join(map(str, shapes[spec.name]))}"
        for spec in inputs
        if spec.shape is not None and any(not isinstance(dim, int) for dim in spec.shape)
    ]
    return {"soc_version": CHIP, **({"input_shape": ";".join(opened)} if opened else {})}


def table(rows: list[Row]) -> str:
    """The results as a page."""
    counts = Counter(row.verdict for row in rows)
    compared = sum(row.compared for row in rows if row.verdict == PLANNED)
    numbers = (counts[PLANNED], compared, counts[REFUSED], counts[WRONG], counts[FAULT], counts[SILENT])
    codes = Counter(row.code for row in rows if row.verdict == REFUSED)
    lines = [
        "# ONNX node tests as plans for Ascend's compiler",
        "",
        f"{len(rows)} tests for {CHIP}, brought to opset {OPSET}. No compiler took part.",
        "",
        "| planned | of these compared | refused with a reason | wrong | fault | ONNX Runtime fails itself |",
        "|---|---|---|---|---|---|",
        "| " + " | ".join(map(str, numbers)) + " |",
        "",
        "Refused: " + ", ".join(f"{count} by {code}" for code, count in codes.most_common()) + ".",
        "",
        *[
            f"- {row.verdict}: {row.name}: {' '.join(row.reason.split())[:300]}"
            for row in rows
            if row.verdict in (WRONG, FAULT)
        ],
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Runs the tests and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th test only")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    for name in ("MODELWRIGHT_ASCEND_HOME", "MODELWRIGHT_ASCEND_HOST"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        cases = [path for path in write_cases(Path(folder)) if path.name.startswith("test_")][:: arguments.every]
        with multiprocessing.get_context("spawn").Pool(arguments.jobs, maxtasksperchild=200) as pool:
            rows = pool.map(convert, cases, chunksize=20)
    RESULTS.mkdir(exist_ok=True)
    data = {"machine": machine_facts(), "every": arguments.every, "rows": [asdict(row) for row in rows]}
    (RESULTS / f"{NAME}.json").write_text(json.dumps(data, indent=1) + "\n")
    (RESULTS / f"{NAME}.md").write_text(table(rows))
    print((RESULTS / f"{NAME}.md").read_text())


if __name__ == "__main__":
    main()
