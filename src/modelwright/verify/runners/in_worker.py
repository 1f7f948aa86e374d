"""Running a source model in a worker, under an interpreter that has its framework; this process never imports it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import DEFAULT_TIMEOUT, run_worker

_ENTRIES: Final = Path(workers.__path__[0]) / "entry"


def worker_source(
    query: SourceQuery,
    request: Mapping[str, Any],
    *,
    entry: str,
    python: Path,
    label: str,
    needs: str,
    timeout: float = DEFAULT_TIMEOUT,
) -> SourceRunner:
    """A source run by a worker script.

    Args:
        query: The model, its inputs and outputs.
        request: What the script is asked.
        entry: The script's name in ``workers/entry``, without the suffix. Its reply says in ``framework`` what ran,
            with the version, and has the outputs under the source's names.
        python: The interpreter with the framework.
        label: What runs the model, for people.
        needs: What must be installed there, for the message when it is not: ``TensorFlow``.
        timeout: Seconds it may take.
    """

    def run(arrays: Arrays) -> SourceResult:
        given = to_source(arrays, query.inputs)
        reply = run_worker(_ENTRIES / f"{entry}.py", request, arrays=given, python=python, timeout=timeout)
        if reply.fault is not None:
            raise _explained(reply.fault, python, query.model, label, needs)
        return SourceResult(arrays=from_source(reply.arrays, query.outputs), label=str(reply.data["framework"]))

    return SourceRunner(label=label, run=run)


def _explained(fault: Fault, python: Path, model: Path, label: str, needs: str) -> ToolMissingError | SourceRunFailed:
    if fault.kind == "module":
        return ToolMissingError(
            f"{python}: {needs} cannot be imported there ({fault.message})",
            hint=f"name the python of an environment with {needs}",
        )
    return SourceRunFailed(f"{label} cannot {'run' if fault.kind == 'run' else 'load'} {model}: {fault.message}")
