"""Runs models of the backend tests in ONNX Runtime and compares with the expected outputs.

Reads jobs ``{"case": FOLDER, "model": FILE}`` from standard input; answers ``{"status": "right" | "wrong" | "error",
"reason": TEXT, "nodes": COUNT, "operators": COUNT}``; see `forked.py`.
"""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from forked import Job, answer_jobs
from onnx import numpy_helper


def all_nodes(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Nodes of the graph, of all subgraphs and of the model's functions."""
    found = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    for node in found:
        for item in node.attribute:
            bodies = [item.g] if item.HasField("g") else item.graphs
            found.extend(inner for body in bodies for inner in body.node)
    return found


def read_value(kind: onnx.TypeProto, data: bytes) -> Any:
    """A tensor, list or None from its file."""
    match kind.WhichOneof("value"):
        case "sequence_type":
            return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
        case "optional_type":
            return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
        case _:
            return numpy_helper.to_array(onnx.TensorProto.FromString(data))


def read_values(folder: Path, kind: str, infos: Any) -> list[Any]:
    """All inputs or outputs of a case, in the graph's order."""
    return [read_value(info.type, (folder / f"{kind}_{i}.pb").read_bytes()) for i, info in enumerate(infos)]


def run_model(model: bytes, inputs: list[Any], infos: Any, outputs: Any) -> list[Any]:
    """Runs a model whose graph has these inputs and outputs."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [info.name for info in infos]
    if [item.name for item in session.get_outputs()] != [info.name for info in outputs]:
        raise ValueError("the outputs have other names")
    if not any(is_foreign(info) for info in (*infos, *outputs)):
        return session.run(None, {name: as_feed(value) for name, value in zip(names, inputs, strict=True)})
    feeds = {info.name: as_ort(value, info) for info, value in zip(infos, inputs, strict=True)}
    results = session.run_with_ort_values(None, feeds)
    return [from_ort(value, info) for value, info in zip(results, outputs, strict=True)]


def as_feed(value: Any) -> Any:
    """A value as ONNX Runtime takes it: strings as objects."""
    if isinstance(value, list):
        return [as_feed(item) for item in value]
    return value.astype(object) if isinstance(value, np.ndarray) and value.dtype.kind in "SU" else value


def is_foreign(info: onnx.ValueInfoProto) -> bool:
    """Whether this is a tensor of a type that numpy has not."""
    return info.type.tensor_type.elem_type >= onnx.TensorProto.BFLOAT16


def as_ort(value: np.ndarray, info: onnx.ValueInfoProto) -> ort.OrtValue:
    """A tensor of any type; the bytes of those that numpy has not are copied in."""
    if not is_foreign(info):
        return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
    tensor = ort.OrtValue.ortvalue_from_shape_and_type(value.shape, info.type.tensor_type.elem_type)
    data = numpy_helper.from_array(value).raw_data
    ctypes.memmove(tensor.data_ptr(), data, len(data))
    return tensor


def from_ort(value: ort.OrtValue, info: onnx.ValueInfoProto) -> np.ndarray:
    """A result as an array."""
    if not is_foreign(info):
        return value.numpy()
    data = ctypes.string_at(value.data_ptr(), value.tensor_size_in_bytes())
    kind = info.type.tensor_type.elem_type
    return numpy_helper.to_array(onnx.TensorProto(data_type=kind, dims=value.shape(), raw_data=data))


def difference(actual: Any, expected: Any, tolerance: dict[str, float]) -> str:
    """What is wrong with a result, in a phrase; empty if nothing."""
    if expected is None or isinstance(expected, list):
        if expected is None or actual is None or len(actual) != len(expected):
            return "" if actual is expected else "another length"
        return next(filter(None, (difference(a, b, tolerance) for a, b in zip(actual, expected, strict=True))), "")
    expected, actual = np.asarray(expected), np.asarray(actual)
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, not {expected.shape}"
    if expected.dtype.kind in "OSU" or actual.dtype.kind in "OSU":
        return "" if np.array_equal(actual.astype(str), expected.astype(str)) else "other strings"
    if actual.dtype != expected.dtype:
        return f"dtype {actual.dtype}, not {expected.dtype}"
    if actual.dtype.type.__module__ == "ml_dtypes":
        actual, expected = actual.astype(np.float32), expected.astype(np.float32)
    close = np.allclose(actual, expected, equal_nan=actual.dtype.kind in "fc", **tolerance)
    return "" if close else "other values"


def check(job: dict[str, Any]) -> dict[str, Any]:
    """The answer to one job."""
    folder = Path(job["case"])
    source = onnx.load(folder / "model.onnx")
    constants = {tensor.name for tensor in source.graph.initializer}
    infos = [info for info in source.graph.input if info.name not in constants]
    outputs = source.graph.output
    model = onnx.load(job["model"])
    inputs = read_values(folder, "input", infos)
    expected = read_values(folder, "output", outputs)
    results = run_model(model.SerializeToString(), inputs, infos, outputs)
    tolerance = json.loads((folder / "tolerance.json").read_text())
    wrong = [difference(a, b, tolerance) for a, b in zip(results, expected, strict=True)]
    reason = "; ".join(text for text in wrong if text)
    nodes = all_nodes(model)
    counts = {"nodes": len(nodes), "operators": sum(node.op_type != "Constant" for node in nodes)}
    return counts | {"status": "wrong" if reason else "right", "reason": reason}


def verdict(case: Path, model: Path) -> Job:
    """The answer to one job, also where the model does not run: ``{"status": "error", ...}``."""
    try:
        return check({"case": str(case), "model": str(model)})
    except Exception as error:  # noqa: BLE001  a model may fail in any way
        return {"status": "error", "reason": f"{type(error).__name__}: {error}", "nodes": 0, "operators": 0}


if __name__ == "__main__":
    answer_jobs(check)
