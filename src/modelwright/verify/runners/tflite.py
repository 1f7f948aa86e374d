"""Running TFLite models in a worker, under an interpreter that has TensorFlow or LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from modelwright import workers
from modelwright.errors import ToolMissingError
from modelwright.verify.source import (
    Arrays,
    SourceQuery,
    SourceResult,
    SourceRunFailed,
    SourceRunner,
    from_source,
    to_source,
)
from modelwright.workers.interpreters import find_tensorflow
from modelwright.workers.runner import DEFAULT_TIMEOUT, run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "tflite_run.py"


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a TFLite source, or None when no interpreter is named.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = find_tensorflow(query.python)
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

    def run(arrays: Arrays) -> SourceResult:
        given = to_source(arrays, query.inputs)
        reply = run_worker(_ENTRY, request, arrays=given, python=python, timeout=timeout)
        fault = reply.fault
        if fault is None:
            return SourceResult(arrays=from_source(reply.arrays, query.outputs), label=str(reply.data["framework"]))
        if fault.kind == "module":
            raise ToolMissingError(
                f"{python}: neither ai-edge-litert nor TensorFlow can be imported there ({fault.message})",
                hint="name the python of an environment with one of them",
            )
        verb = "run" if fault.kind == "run" else "load"
        raise SourceRunFailed(f"TFLite cannot {verb} {query.model}: {fault.message}")

    return SourceRunner(label="TFLite", run=run)
