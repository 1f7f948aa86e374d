"""Runs TFLite files in LiteRT and compares with a case's outputs; a JSON job a line, an answer a line.

Run by `tflite_node_tests.py`. A file may have its inputs and outputs with channels last: both orders count as right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from forked import Job, answer_jobs
from onnx import numpy_helper


def work(job: Job) -> Job:
    """Runs a file with the plain kernels and with the default delegate; `wrong` where either differs."""
    folder = Path(job["folder"])
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    tolerance = json.loads((folder / "tolerance.json").read_text())
    constants = {item.name for item in model.graph.initializer}
    names = [item.name for item in model.graph.input]
    feeds = {
        name: array
        for place, name in enumerate(names)
        if name not in constants and (array := read(folder / f"input_{place}.pb")) is not None
    }
    expected = [read(folder / f"output_{place}.pb") for place in range(len(model.graph.output))]
    for kind in (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.AUTO):
        reason = fault(job["file"], kind, feeds, expected, tolerance)
        if reason:
            return {"verdict": "wrong", "reason": reason[:300]}
    return {"verdict": "right"}


def read(path: Path) -> np.ndarray | None:
    """A tensor of a case; None where it is no tensor or not there."""
    if not path.exists():
        return None
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


def fault(
    file: str, kind: Any, feeds: dict[str, np.ndarray], expected: list[np.ndarray | None], tolerance: dict[str, float]
) -> str:
    """What is wrong with a file; empty when nothing is."""
    try:
        interpreter = Interpreter(model_path=file, num_threads=1, experimental_op_resolver_type=kind)
        found = invoke(interpreter, feeds)
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        return f"does not run: {error}"
    if len(found) != len(expected):
        return f"{len(found)} outputs instead of {len(expected)}"
    for mine, theirs in zip(found, expected, strict=True):
        if theirs is None or not any(same(option, theirs, tolerance) for option in orders(mine)):
            return f"differs: {mine.dtype}{list(mine.shape)}"
    return ""


def invoke(interpreter: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs; inputs are found by name, else by their place."""
    details = interpreter.get_input_details()
    for place, (name, array) in enumerate(feeds.items()):
        item = next((d for d in details if d["name"] in (name, f"serving_default_{name}:0")), None)
        if item is None and len(details) != len(feeds):
            continue  # an input that the converter found useless
        item = item or details[place]
        given = next((o for o in orders(array, back=True) if tuple(item["shape"]) == o.shape), array)
        if tuple(item["shape"]) != given.shape:
            interpreter.resize_tensor_input(item["index"], given.shape)
        floating = given.dtype.kind == "f" and np.dtype(item["dtype"]).kind == "f"
        item["given"] = given.astype(item["dtype"]) if floating else given
    interpreter.allocate_tensors()
    for item in details:
        if "given" in item:
            interpreter.set_tensor(item["index"], item["given"])
    interpreter.invoke()
    return [interpreter.get_tensor(item["index"]) for item in interpreter.get_output_details()]


def orders(array: np.ndarray, *, back: bool = False) -> list[np.ndarray]:
    """The array as it is, and with channels moved to the end (`back`) or to the second place."""
    if array.ndim < 3:
        return [array]
    moved = np.moveaxis(array, 1, -1) if back else np.moveaxis(array, -1, 1)
    return [array, np.ascontiguousarray(moved)]


def same(mine: np.ndarray, theirs: np.ndarray, tolerance: dict[str, float]) -> bool:
    """Whether shape, type and values agree; floats within the case's tolerance and 1e-6 of the largest number."""
    if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
        return False
    if theirs.dtype.kind not in "fcV":
        return bool(np.array_equal(mine, theirs))
    a, b = mine.astype(np.complex128), theirs.astype(np.complex128)
    scale = float(np.max(np.abs(b[np.isfinite(b)]), initial=0))
    rtol = max(tolerance["rtol"], 2e-2 if theirs.dtype.itemsize <= 2 else 1e-3)
    return bool(np.allclose(a, b, rtol=rtol, atol=max(tolerance["atol"], 1e-6 * scale), equal_nan=True))


if __name__ == "__main__":
    answer_jobs(work)
