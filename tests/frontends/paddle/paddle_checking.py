"""What the tests of the Paddle frontend share: fixtures, conversion in memory, running in ONNX Runtime."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import onnx_ir as ir
import onnxruntime

from modelwright.formats import Format
from modelwright.frontends.manifest import Imported, LoadRequest
from modelwright.frontends.paddle.load import load
from modelwright.frontends.paddle.recognize import program_format
from modelwright.passes.pipeline import optimize

FIXTURES = Path(__file__).parents[2] / "fixtures" / "paddle"


@functools.cache
def archive(name: str) -> dict[str, dict[str, np.ndarray]]:
    """The cases of a fixture file: name to ``program``, ``parameters``, ``in/...`` and ``out/...``."""
    cases: dict[str, dict[str, np.ndarray]] = {}
    with np.load(FIXTURES / f"{name}.npz") as arrays:
        for key in arrays.files:
            case, _, rest = key.partition("/")
            cases.setdefault(case, {})[rest] = arrays[key]
    return cases


def write_model(case: dict[str, np.ndarray], folder: Path) -> Path:
    """The case's program and parameters in ``folder``; gives the program."""
    data = case["program"].tobytes()
    program = folder / ("model.json" if data.startswith(b"{") else "model.pdmodel")
    program.write_bytes(data)
    if "parameters" in case:
        (folder / "model.pdiparams").write_bytes(case["parameters"].tobytes())
    return program


def load_model(program: Path, *, opset: int | None = None, **options: object) -> Imported:
    """What the frontend makes of a program."""
    return load(
        LoadRequest(path=program, format=program_format(program) or Format.PADDLE_PIR, opset=opset, options=options)
    )


def session_of(hub: ir.Model) -> onnxruntime.InferenceSession:
    """The model loaded, after the optimizer as in a conversion."""
    optimize(hub, opset=hub.graph.opset_imports[""])
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        ir.to_proto(hub).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def results(program: Path, inputs: list[np.ndarray], **options: object) -> list[np.ndarray]:
    """The outputs in order; inputs are called ``x0``, ``x1``, ..."""
    session = session_of(load_model(program, **options).model)
    feeds = {f"x{index}": array for index, array in enumerate(inputs)}
    names = {item.name for item in session.get_inputs()}
    return session.run(None, {name: array for name, array in feeds.items() if name in names})


def sides(case: dict[str, np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Inputs and expected outputs in order."""
    return tuple(
        [case[f"{side}/{index}"] for index in range(sum(key.startswith(f"{side}/") for key in case))]
        for side in ("in", "out")
    )
