"""Running Caffe nets in OpenCV's dnn module, in a worker under an interpreter that has OpenCV 4."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from modelwright.verify.runners.in_worker import worker_source
from modelwright.verify.source import Arrays, SourceQuery, SourceResult, SourceRunFailed, SourceRunner
from modelwright.workers.interpreters import OPENCV
from modelwright.workers.runner import DEFAULT_TIMEOUT


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a Caffe net, or None when no interpreter is named.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = OPENCV.find(query.python)
    if python is None:
        return None
    return opencv_source(query, python=python)


def opencv_source(query: SourceQuery, *, python: Path, timeout: float = DEFAULT_TIMEOUT) -> SourceRunner:
    """A Caffe net run by OpenCV.

    Args:
        query: The net, its inputs and outputs, and in ``details`` what the frontend left: ``caffemodel``,
            ``output_layers`` (output to layer and top), ``detections`` (outputs whose rows have no settled order),
            ``differs`` (layers that OpenCV computes otherwise) and ``cut_inputs``.
        python: The interpreter with OpenCV 4.
        timeout: Seconds it may take.
    """
    details = query.details
    refusal = _refusal(query)
    if refusal:
        return SourceRunner(label="OpenCV", run=_refuses(refusal))
    weights = details["caffemodel"]
    request = {
        "prototxt": str(query.model.absolute()),
        "caffemodel": None if weights is None else str(weights.absolute()),
        "outputs": {binding.source: list(details["output_layers"][binding.source]) for binding in query.outputs},
        "detections": list(details["detections"]),
    }
    source = worker_source(
        query, request, entry="opencv_run", python=python, label="OpenCV", needs="OpenCV 4", timeout=timeout
    )
    rows = frozenset(binding.name for binding in query.outputs if binding.source in details["detections"])

    def run(arrays: Arrays) -> SourceResult:
        return replace(source.run(arrays), detections=rows)

    return replace(source, run=run)


def _refusal(query: SourceQuery) -> str:
    """Why a comparison with OpenCV would say nothing, or an empty text."""
    differs = query.details["differs"]
    if differs:
        more = f" and {len(differs) - 3} more" if len(differs) > 3 else ""
        return f"OpenCV computes layers otherwise than Caffe: {', '.join(differs[:3])}{more}"
    if query.details["cut_inputs"]:
        return "the net was cut at its inputs, where OpenCV cannot be fed"
    inner = [item.source for item in query.outputs if query.details["output_layers"][item.source] is None]
    return f"OpenCV has no layer that makes {inner[0]!r}" if inner else ""


def _refuses(reason: str) -> Callable[[Arrays], SourceResult]:
    def run(arrays: Arrays) -> SourceResult:
        del arrays
        raise SourceRunFailed(reason)

    return run
