"""What the tests of the TFLite frontend share: fixtures, conversion in memory, running in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_ir as ir
import onnxruntime

from modelwright.frontends.tflite.convert import convert_model
from modelwright.frontends.tflite.interface import choose_interface
from modelwright.frontends.tflite.reader import read_tflite
from modelwright.passes.pipeline import optimize

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tflite"


def archive(name: str) -> dict[str, dict[str, np.ndarray]]:
    """The cases of a fixture file: name to ``model``, ``in:...`` and ``out:...``."""
    cases: dict[str, dict[str, np.ndarray]] = {}
    with np.load(FIXTURES / f"{name}.npz") as arrays:
        for key in arrays.files:
            case, _, rest = key.partition("/")
            cases.setdefault(case, {})[rest] = arrays[key]
    return cases


def write_model(case: dict[str, np.ndarray], folder: Path) -> Path:
    """The case's ``.tflite`` file."""
    path = folder / "model.tflite"
    path.write_bytes(case["model"].tobytes())
    return path


def convert(path: Path, *, opset: int = 17, dequantize: bool = False, optimized: bool = True) -> ir.Model:
    """The hub model of a file."""
    model = read_tflite(path)
    hub = convert_model(model, choose_interface(model), opset=opset, dequantize=dequantize)
    if optimized:
        optimize(hub, opset=opset)
    return hub


def run(hub: ir.Model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs by name in ONNX Runtime; products of 8-bit integers are exact."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")
    data = ir.to_proto(hub).SerializeToString()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def sides(case: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and expected outputs by name."""
    return tuple(
        {key.removeprefix(side): array for key, array in case.items() if key.startswith(side)}
        for side in ("in:", "out:")
    )
