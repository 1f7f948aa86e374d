"""Facts about quantized models beside the float one: `python quantized_facts.py FLOAT TEST.npz OUT NAME=MODEL ...`.

For every model: the signal-to-noise ratio of its outputs over all test samples, in dB, with ONNX Runtime's graph
optimization on and off; top-1 or mAP, if the test has labels; the size, the number of quantized activations, and the
CPU time of a run with one thread, taken in turns. A model that cannot be run has its error instead.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from detections import mean_average_precision

BATCH = 50
LEVELS = {
    "on": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
    "off": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
}


def session_of(path: str, level: str) -> Any:
    """A session with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = LEVELS[level]
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def outputs_of(session: Any, images: np.ndarray) -> np.ndarray:
    """The first output for all images, in batches of what the model takes."""
    entry = session.get_inputs()[0]
    batch = entry.shape[0] if isinstance(entry.shape[0], int) else BATCH
    parts = [session.run(None, {entry.name: images[i : i + batch]})[0] for i in range(0, len(images), batch)]
    return np.concatenate(parts).astype(np.float64)


def snr(true: np.ndarray, found: np.ndarray) -> float:
    """10 log10 of the outputs' energy over that of the error."""
    return float(10 * np.log10((true**2).sum() / max(((true - found) ** 2).sum(), 1e-30)))


def scores_of(outputs: np.ndarray, test: dict[str, np.ndarray]) -> dict[str, float]:
    """top-1 or mAP, in percent."""
    if "boxes" in test:
        found = mean_average_precision(outputs, test["boxes"], test["labels"])
        return {key: 100 * value for key, value in found.items()}
    if "labels" in test:
        return {"top1": 100 * float((outputs.argmax(1) == test["labels"]).mean())}
    return {}


def quantized_tensors(model: onnx.ModelProto) -> tuple[int, int]:
    """How many activations and weights are integers: what QuantizeLinear takes, and stored integers but biases."""
    stored = {weight.name: weight.data_type for weight in model.graph.initializer}
    made = {node.input[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    read = {node.input[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    weights = {name for name in read if stored.get(name, onnx.TensorProto.INT32) != onnx.TensorProto.INT32}
    return len(made - stored.keys()), len(weights | (made & stored.keys()))


def facts_of(path: str, test: dict[str, np.ndarray], true: np.ndarray | None) -> dict[str, Any]:
    """What does not depend on time."""
    model = onnx.load(path, load_external_data=False)
    activations, weights = quantized_tensors(model)
    facts: dict[str, Any] = {
        "bytes": Path(path).stat().st_size, "nodes": len(model.graph.node),
        "quantized": activations, "weights": weights,
        "opset": max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")),
    }  # fmt: skip
    for level in LEVELS:
        found = outputs_of(session_of(path, level), test["images"])
        facts[f"snr_{level}"] = None if true is None else snr(true, found)
        facts |= {f"{key}_{level}": value for key, value in scores_of(found, test).items()}
    return facts


def latencies(paths: dict[str, str], images: np.ndarray, repeats: int) -> dict[str, float]:
    """Smallest and median CPU milliseconds of a run of each, taken in turns."""
    sessions = {name: session_of(path, "on") for name, path in paths.items()}
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(repeats):
        for name, session in sessions.items():
            entry = session.get_inputs()[0]
            part = images[: entry.shape[0]] if isinstance(entry.shape[0], int) else images
            begun = time.thread_time()
            session.run(None, {entry.name: part})
            taken[name].append((time.thread_time() - begun) * len(images) / len(part))
    return {name: statistics.median(values[1:]) * 1000 for name, values in taken.items()}


def main() -> None:
    """Writes the facts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("test", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("named", nargs="*")
    parser.add_argument("--batch", type=int, default=8, help="batch that latency is measured with")
    parser.add_argument("--repeats", type=int, default=60)
    arguments = parser.parse_args()
    with np.load(arguments.test) as arrays:
        test = {key: arrays[key] for key in arrays.files}
    true = outputs_of(session_of(arguments.model, "off"), test["images"])
    paths = {"float": arguments.model, **dict(item.split("=", 1) for item in arguments.named)}
    facts: dict[str, Any] = {}
    for name, path in paths.items():
        try:
            facts[name] = facts_of(path, test, None if name == "float" else true)
        except Exception as error:  # noqa: BLE001  what a peer wrote may be anything
            facts[name] = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    running = {name: path for name, path in paths.items() if "error" not in facts[name]}
    for name, value in latencies(running, test["images"][: arguments.batch], arguments.repeats).items():
        facts[name]["latency_ms"] = value
    arguments.out.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
