"""Running TensorFlow models in a worker, under an interpreter that has TensorFlow; this process never imports it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from modelwright import workers
from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.source import (
    Arrays,
    Binding,
    SourceResult,
    SourceRunFailed,
    SourceRunner,
    from_source,
    to_source,
)
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import DEFAULT_TIMEOUT, run_worker

INTERPRETER_VARIABLE: Final = "MODELWRIGHT_TF_PYTHON"
_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "tensorflow_run.py"


def find_interpreter(option: Path | None) -> Path | None:
    """The interpreter named by the option, else by ``$MODELWRIGHT_TF_PYTHON``, else None.

    Raises:
        ToolMissingError: One is named that does not exist or cannot be executed.
    """
    named = str(option) if option is not None else os.environ.get(INTERPRETER_VARIABLE, "")
    if not named:
        return None
    found = shutil.which(named)
    if found is None:
        origin = "--tf-python" if option is not None else INTERPRETER_VARIABLE
        raise ToolMissingError(
            f"{named}: no such interpreter ({origin})",
            hint="name the python of an environment with TensorFlow, such as env/bin/python",
        )
    return Path(found).absolute()


def tensorflow_source(
    model: Path,
    *,
    python: Path,
    format: Format,  # noqa: A002  what everything else calls it
    inputs: Sequence[Binding],
    outputs: Sequence[Binding],
    signature: str | None = None,
    tags: Sequence[str] | None = None,
    concrete_function: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> SourceRunner:
    """A TensorFlow model run by TensorFlow.

    Args:
        model: GraphDef, SavedModel folder or ``.meta`` file.
        python: The interpreter with TensorFlow.
        format: What ``model`` is.
        inputs: The artifact's inputs; sources are tensor names (``x:0``), or keys of the signature.
        outputs: The artifact's outputs, likewise.
        signature: Signature of a SavedModel; None for ``serving_default``.
        tags: Tags of a SavedModel; None for the only ones there are, else ``serve``.
        concrete_function: Index of a concrete function to run instead of a signature.
        timeout: Seconds it may take.
    """
    request = {
        "format": str(format),
        "path": str(model.absolute()),
        "outputs": [binding.source for binding in outputs],
        "signature": signature,
        "tags": None if tags is None else list(tags),
        "concrete_function": concrete_function,
    }

    def run(arrays: Arrays) -> SourceResult:
        reply = run_worker(_ENTRY, request, arrays=to_source(arrays, inputs), python=python, timeout=timeout)
        if reply.fault is not None:
            raise _explained(reply.fault, python, model)
        return SourceResult(arrays=from_source(reply.arrays, outputs), label=str(reply.data["framework"]))

    return SourceRunner(label="TensorFlow", run=run)


def _explained(fault: Fault, python: Path, model: Path) -> ToolMissingError | SourceRunFailed:
    if fault.kind == "module":
        return ToolMissingError(
            f"{python}: TensorFlow cannot be imported there ({fault.message})",
            hint="name the python of an environment with TensorFlow",
        )
    return SourceRunFailed(f"TensorFlow cannot {'run' if fault.kind == 'run' else 'load'} {model}: {fault.message}")
