"""Running TensorFlow models in a worker, under an interpreter that has TensorFlow; this process never imports it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from modelwright import workers
from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.source import (
    Arrays,
    Binding,
    SourceQuery,
    SourceResult,
    SourceRunFailed,
    SourceRunner,
    from_source,
    to_source,
)
from modelwright.workers.interpreters import find_tensorflow
from modelwright.workers.protocol import Fault
from modelwright.workers.runner import DEFAULT_TIMEOUT, run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "tensorflow_run.py"
_READ: Final = (Format.TF_GRAPHDEF, Format.TF_SAVED_MODEL, Format.TF_CHECKPOINT)


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a TensorFlow source, or None when no interpreter is named or TensorFlow does not read the format.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = find_tensorflow(query.python)
    if python is None or query.format not in _READ:
        return None
    return tensorflow_source(
        query.model,
        python=python,
        format=query.format,
        inputs=query.inputs,
        outputs=query.outputs,
        signature=query.details.get("signature"),
        tags=query.details.get("tags"),
        concrete_function=query.details.get("concrete_function"),
        op_libraries=query.details.get("op_libraries", ()),
    )


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
    op_libraries: Sequence[str] = (),
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
        op_libraries: Shared libraries with operators to load first.
        timeout: Seconds it may take.
    """
    request = {
        "format": str(format),
        "path": str(model.absolute()),
        "outputs": [binding.source for binding in outputs],
        "signature": signature,
        "tags": None if tags is None else list(tags),
        "concrete_function": concrete_function,
        "op_libraries": [str(Path(library).absolute()) for library in op_libraries],
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
