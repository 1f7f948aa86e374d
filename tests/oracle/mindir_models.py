"""Writes the cases of the MindIR writer and says what they should give; both suites of tests use it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import onnx.reference

from modelwright.backends.mindir.write import write
from modelwright.hub.io import load
from modelwright.hub.random_inputs import random_inputs
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner

ROOT = Path(__file__).parents[1]
FIXTURE = ROOT / "fixtures/mindir/verified.json"
CASES = ROOT / "fixtures/mindir/cases.toml"
HEAD = '<ir_version: 8, opset_import: ["" : 18]>'
INPUTS = {
    "reduce_computed_axes": {"n": [2]},
    "reshape_computed": {"s": [0, -1, 10]},
    "gather_computed": {"i": [-1, 0]},
    "loop_rows": {"n": 3},
    "loop_until": {"n": 9},
    "loop_grows": {"n": 4},
    "loop_in_loop": {"n": 5},
    "resize_open_sizes": {"n": [7, 1]},
    "resize_open_nearest": {"n": [2, 2, 5, 3]},
    "resize_open_cubic": {"n": [3, 9]},
    "resize_open_kept": {"n": [7, 5]},
    "resize_open_middle": {"n": [2, 2, 4, 4]},
    "lstm_open": {"n": [2, 1]},
    "slice_counted": {"n": [1]},
}
"""What integer inputs hold that steer something."""


def cases() -> dict[str, str]:
    """Names and ONNX texts."""
    found = tomllib.loads(CASES.read_text(encoding="utf-8"))
    return {name: f"{HEAD} {text}" for name, text in found.items()}


def written(name: str, text: str, folder: Path) -> tuple[Path, Path]:
    """The ONNX file and the MindIR file of a case."""
    source, target = folder / f"{name}.onnx", folder / f"{name}.mindir"
    onnx.save(onnx.parser.parse_model(text), source)
    write(load(source), target)
    return source, target


def expected(name: str, source: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs, and what ONNX Runtime gives for them.

    Of products of integers it is what the ONNX reference gives: on x86 without VNNI, ONNX Runtime's saturate.
    """
    runner = OnnxRuntimeRunner(source)
    dims = {dim: 2 for spec in runner.inputs for dim in spec.shape or () if isinstance(dim, str)}
    inputs = random_inputs(runner.inputs, seed=11, dims=dims)
    inputs |= {key: np.array(value, inputs[key].dtype) for key, value in INPUTS.get(name, {}).items()}
    if any(node.op_type == "MatMulInteger" for node in onnx.load(source).graph.node):
        reference = onnx.reference.ReferenceEvaluator(str(source))
        return inputs, dict(zip(reference.output_names, reference.run(None, inputs), strict=True))
    return inputs, runner.run(inputs)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
