"""Reference data for a subgraph: the whole source runs, and the tensors at both ends of the cut are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from modelwright.errors import ArtifactInvalid
from modelwright.frontends.manifest import Imported
from modelwright.hub.io import load, save
from modelwright.hub.random_inputs import random_inputs
from modelwright.hub.shapes import Shapes
from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner
from modelwright.verify.runners.runner import CannotRunHere

LARGEST = 1_000_000_000
"""Bytes of weights above which no copy of the source is made for this."""


def write_cut_reference(source: Path, imported: Imported, folder: Path, *, seed: int) -> tuple[Path, str] | None:
    """Runs the source on random inputs and stores what the subgraph's inputs and outputs were.

    Args:
        source: The whole ONNX model.
        imported: The subgraph.
        folder: Where to write the copy of the source and the ``.npz``.
        seed: Seed of the random inputs.

    Returns:
        The ``.npz`` with ``in:<name>`` and ``out:<name>`` and a phrase for what ran; None when the source is too large
        or does not run here.
    """
    if imported.summary.weight_bytes > LARGEST:
        return None
    inputs = [tensor.source for tensor in imported.inputs]
    outputs = [tensor.source for tensor in imported.outputs]
    try:
        runner = OnnxRuntimeRunner(_with_outputs(source, [*inputs, *outputs], folder / "source.onnx"))
        given = random_inputs(runner.inputs, seed=seed)
        found = {**given, **runner.run(given)}
    except (ArtifactInvalid, CannotRunHere):
        return None
    arrays = {f"in:{name}": found[name] for name in inputs} | {f"out:{name}": found[name] for name in outputs}
    path = folder / "reference.npz"
    np.savez(path, allow_pickle=False, **arrays)
    return path, f"the source in {runner.label} on random inputs (seed {seed})"


def _with_outputs(source: Path, names: list[str], path: Path) -> Path:
    """A copy of the source that also gives the named tensors."""
    model = load(source)
    graph = model.graph
    shapes = Shapes(graph.opset_imports.get("", 0))
    wanted = dict.fromkeys(names)
    for value in [value for node in graph for value in node.outputs if value.name in wanted]:
        if not value.is_graph_output():
            shapes.dtype(value)
            graph.outputs.append(value)
    save(model, path)
    return path
