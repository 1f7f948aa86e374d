"""Facts about several versions of one model: `python simplified_facts.py REFERENCE.npz OUT.json NAME=MODEL ...`.

Nodes, size, opset, the largest error against the reference's outputs, and how long a run takes. All versions are loaded
at once and run in turns, so that what else the machine does falls on all alike; one thread, ONNX Runtime's defaults
otherwise.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

QUICK = 0.1
"""Seconds of a run below which it is repeated more often."""


def count_nodes(graph: Any) -> int:
    """Nodes of a graph and its subgraphs, Constant nodes included."""
    bodies = [body for node in graph.node for item in node.attribute for body in (item.g, *item.graphs) if body.node]
    return len(graph.node) + sum(count_nodes(body) for body in bodies)


def session_of(path: str) -> Any:
    """A session with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def facts_of(path: str, session: Any, feeds: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on time."""
    model = onnx.load(path, load_external_data=False)
    names = [item.name for item in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, feeds), strict=True))
    errors = [float(np.abs(outputs[k] - v).max() / max(np.abs(v).max(), 1e-12)) for k, v in expected.items()]
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    beside = Path(path + ".data")
    size = Path(path).stat().st_size + (beside.stat().st_size if beside.is_file() else 0)
    return {"nodes": count_nodes(model.graph), "bytes": size, "error": max(errors), "opset": opsets.get("", 0)}


def latencies(sessions: dict[str, Any], feeds: dict[str, Any]) -> dict[str, float]:
    """Median CPU milliseconds of a run of each, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    started = time.perf_counter()
    while len(next(iter(taken.values()))) < 15 or (
        time.perf_counter() - started < 20 * QUICK * len(sessions) and len(next(iter(taken.values()))) < 101
    ):
        for name, session in sessions.items():
            begun = time.process_time()
            session.run(None, feeds)
            taken[name].append(time.process_time() - begun)
    return {name: statistics.median(values) * 1000 for name, values in taken.items()}


def main() -> int:
    """Writes the facts."""
    reference, out, *named = sys.argv[1:]
    with np.load(reference) as arrays:
        feeds = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
        expected = {key[4:]: arrays[key] for key in arrays.files if key.startswith("out:")}
    paths = dict(item.split("=", 1) for item in named)
    sessions = {name: session_of(path) for name, path in paths.items()}
    facts = {name: facts_of(paths[name], session, feeds, expected) for name, session in sessions.items()}
    for name, value in latencies(sessions, feeds).items():
        facts[name]["latency_ms"] = value
    Path(out).write_text(json.dumps(facts, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
