"""How large the numbers inside a model get, measured in one run: next to every float tensor its largest magnitude."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx_ir as ir

from modelwright.hub.io import load, save
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes


def largest_magnitudes(path: Path, arrays: Mapping[str, np.ndarray]) -> dict[str, float] | None:
    """The largest finite magnitude that each node gives on some inputs.

    Args:
        path: An ONNX file.
        arrays: Its inputs, by name.

    Returns:
        A number for each node with float32 outputs, by the node's name; infinite numbers count as infinity, NaN does
        not count. None if ONNX Runtime cannot run the model.
    """
    model = load(path)
    watched = _watch(model)
    if not watched:
        return {}
    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        file = Path(folder) / "ranges.onnx"
        save(model, file)
        results = _run(file, arrays, list(watched))
    if results is None:
        return None
    found: dict[str, float] = {}
    for output, number in results.items():
        node = watched[output]
        if not np.isnan(number):
            found[node] = max(found.get(node, 0.0), number)
    return found


def _watch(model: ir.Model) -> dict[str, str]:
    """Adds Abs and ReduceMax to every float32 output of every node; gives the added outputs' nodes."""
    graph = model.graph
    shapes = Shapes(graph.opset_imports.get("", 0))
    names = NameScope.of_graph(graph)
    watched: dict[str, str] = {}
    for node in list(graph):
        for value in node.outputs:
            if value.name and shapes.dtype(value) == ir.DataType.FLOAT and shapes.shape(value) is not None:
                name = names.unique("largest")
                _add_peak(graph, value, name, names)
                watched[name] = node.name or node.op_type
    return watched


def _add_peak(graph: ir.Graph, value: ir.Value, name: str, names: NameScope) -> None:
    """An output of that name with the largest magnitude in a value."""
    size = ir.Node("", "Abs", [value], name=names.unique("abs"))
    size.outputs[0].name = names.unique("abs")
    peak = ir.Node("", "ReduceMax", [size.outputs[0]], [ir.AttrInt64("keepdims", 0)], name=names.unique("peak"))
    found = peak.outputs[0]
    found.name, found.type, found.shape = name, ir.TensorType(ir.DataType.FLOAT), ir.Shape(())
    graph.extend([size, peak])
    graph.outputs.append(found)


def _run(path: Path, arrays: Mapping[str, np.ndarray], wanted: list[str]) -> dict[str, float] | None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        results = session.run(wanted, dict(arrays))
    except Exception:  # noqa: BLE001  the runtime raises many classes; any of them means that nothing was measured
        return None
    return {name: float(np.asarray(value)) for name, value in zip(wanted, results, strict=True)}
