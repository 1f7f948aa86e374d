"""Converts a whole network to another opset and compares it with the original in ONNX Runtime on random inputs.

A job is ``{"model": PATH, "tool": "ours" | "onnx", "target": 11}``, one a line; the answer has a verdict and a reason.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx.reference import ReferenceEvaluator
from opset_case import TOOLS, RefusedError
from opset_cases import beyond_runtime

_TOLERANCE = 1e-4
"""Part of the largest output that an element may be off by."""


def feeds_for(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Random inputs; 2 for free dimensions."""
    rng = np.random.default_rng(0)
    constants = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for info in model.graph.input:
        if info.name not in constants:
            shape = [dim.dim_value or 2 for dim in info.type.tensor_type.shape.dim]
            dtype = onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
            feeds[info.name] = rng.random(shape).astype(dtype)
    return feeds


def run_network(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[Any]:
    """In ONNX Runtime, or in the reference evaluator where the opset is beyond it."""
    if beyond_runtime(model):
        return ReferenceEvaluator(model).run(None, feeds)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def answer(job: dict[str, Any]) -> dict[str, str]:
    """The verdict on one conversion."""
    model = onnx.load(Path(job["model"]))
    feeds = feeds_for(model)
    expected = run_network(model, feeds)
    try:
        results = run_network(TOOLS[job["tool"]](model, job["target"]), feeds)
    except RefusedError as error:
        return {"verdict": "refused", "reason": str(error)[:300]}
    except Exception as error:  # noqa: BLE001  any other error is a fault of the tool
        return {"verdict": "wrong", "reason": f"{type(error).__name__}: {error}"[:300]}
    close = all(
        a.shape == b.shape and np.abs(a - b).max(initial=0) <= _TOLERANCE * max(np.abs(b).max(initial=0), 1e-6)
        for a, b in zip(results, expected, strict=True)
    )
    return {"verdict": "right" if close else "wrong", "reason": ""}


def main() -> None:
    """Answers jobs until there are no more."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
