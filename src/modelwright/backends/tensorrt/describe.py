"""What an engine holds, for ``modelwright info``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from modelwright.backends.tensorrt.engine_file import read_engine
from modelwright.backends.tensorrt.fused_graph import read_graph
from modelwright.diagnostics import ModelSummary

_SHOWN: Final = 40


def describe(path: Path) -> ModelSummary:
    """Reads an engine.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is damaged, or not of TensorRT-RTX.
    """
    engine = read_engine(path)
    graph = read_graph(engine.graph, engine.bindings)
    layers = list(engine.layers[:_SHOWN])
    more = len(engine.layers) - len(layers)
    return ModelSummary(
        format="TensorRT engine",
        inputs=graph.inputs,
        outputs=graph.outputs,
        operators=graph.kernels,
        parameters=0,
        weight_bytes=engine.weight_bytes,
        file_bytes=engine.file_bytes,
        details={
            "TensorRT-RTX": engine.version,
            "compute capabilities": [f"{item.number} ({item.gpus})" for item in engine.targets],
            "sections": {part.tag: part.size for part in engine.sections},
            "ONNX layers": layers + ([f"and {more} more"] if more else []),
        },
    )
