"""Running TFLite models in a worker, under an interpreter that has TensorFlow or LiteRT."""

from __future__ import annotations

from pathlib import Path

from modelwright.verify.runners.in_worker import worker_source
from modelwright.verify.source import SourceQuery, SourceRunner
from modelwright.workers.interpreters import TENSORFLOW
from modelwright.workers.runner import DEFAULT_TIMEOUT


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a TFLite source, or None when no interpreter is named.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = TENSORFLOW.find(query.python)
    if python is None:
        return None
    return tflite_source(query, python=python)


def tflite_source(query: SourceQuery, *, python: Path, timeout: float = DEFAULT_TIMEOUT) -> SourceRunner:
    """A TFLite model run by TFLite's interpreter.

    Args:
        query: The model, its inputs and outputs, and in ``details`` what the frontend left: ``input_tensors`` and
            ``output_tensors`` (source name to tensor index), ``subgraph``, ``signature`` and ``dequantize``.
        python: The interpreter with TensorFlow or LiteRT.
        timeout: Seconds it may take.
    """
    details = query.details
    request = {
        "path": str(query.model.absolute()),
        "inputs": dict(details["input_tensors"]),
        "outputs": dict(details["output_tensors"]),
        "subgraph": details["subgraph"],
        "signature": details["signature"],
        "dequantize": details["dequantize"],
    }
    return worker_source(
        query,
        request,
        entry="tflite_run",
        python=python,
        label="TFLite",
        needs="ai-edge-litert or TensorFlow",
        timeout=timeout,
    )
