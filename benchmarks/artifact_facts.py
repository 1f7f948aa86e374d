"""Nodes, bytes and error of one ONNX file: `python artifact_facts.py MODEL.onnx REFERENCE.npz FACTS.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def main() -> None:
    """Runs the model on the reference's inputs and writes what it found as JSON."""
    model, reference, facts = map(Path, sys.argv[1:])
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    with np.load(reference) as arrays:
        feeds = [arrays[key] for key in arrays.files if key.startswith("in:")]
        expected = [arrays[key] for key in arrays.files if key.startswith("out:")]
    names = [value.name for value in session.get_inputs()]
    results = session.run(None, dict(zip(names, feeds, strict=True)))
    errors = [float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(results, expected, strict=True)]
    nodes = onnx.load(str(model), load_external_data=False).graph.node
    found = {
        "nodes": len(nodes),
        "transposes": sum(node.op_type == "Transpose" for node in nodes),
        "file_bytes": model.stat().st_size,
        "error": max(errors),
    }
    facts.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
