"""Nodes, bytes and rightness of a simplified model: `python light_facts.py SOURCE.onnx RESULT.onnx FACTS.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort


def count_makers(graph: onnx.GraphProto) -> int:
    """Nodes that make weights: what they compute depends on no input, so that a runtime computes it once."""
    varying = {item.name for item in graph.input} - {item.name for item in graph.initializer}
    count = 0
    for node in graph.node:
        if varying.intersection(node.input):
            varying.update(node.output)
        else:
            count += 1
    return count


def answers(path: str) -> list[np.ndarray]:
    """What a model answers to a fixed random input."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    feeds = {item.name: random.standard_normal(item.shape).astype(np.float32) for item in session.get_inputs()}
    return session.run(None, feeds)


def main() -> None:
    """Compares the result with the source, both in ONNX Runtime, and writes what it found as JSON."""
    source, result, facts = sys.argv[1:]
    graph = onnx.load(result).graph
    nodes, makers = graph.node, count_makers(graph)
    pairs = zip(answers(source), answers(result), strict=True)
    found = {
        "operators": len(nodes) - makers,
        "makers": makers,
        "bytes": Path(result).stat().st_size,
        "right": all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in pairs),
    }
    Path(facts).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
