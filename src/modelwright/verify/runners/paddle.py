"""Running Paddle models in a worker, under an interpreter that has Paddle."""

from __future__ import annotations

from modelwright.verify.runners.in_worker import worker_source
from modelwright.verify.source import SourceQuery, SourceRunner
from modelwright.workers.interpreters import PADDLE


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a Paddle source, or None when no interpreter is named.

    Args:
        query: The model, its inputs and outputs, and in ``details`` what the frontend left: ``program`` and
            ``parameters``, the files.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = PADDLE.find(query.python)
    if python is None:
        return None
    program, parameters = query.details["program"], query.details["parameters"]
    request = {
        "program": str(program.absolute()),
        "parameters": None if parameters is None else str(parameters.absolute()),
        "outputs": [binding.source for binding in query.outputs],
    }
    return worker_source(query, request, entry="paddle_run", python=python, label="Paddle", needs="Paddle")
