"""Running TensorFlow models in a worker, under an interpreter that has TensorFlow; this process never imports it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from modelwright.formats import Format
from modelwright.verify.runners.in_worker import worker_source
from modelwright.verify.source import Binding, SourceQuery, SourceRunner
from modelwright.workers.interpreters import TENSORFLOW
from modelwright.workers.runner import DEFAULT_TIMEOUT

_READ: Final = (Format.TF_GRAPHDEF, Format.TF_SAVED_MODEL, Format.TF_CHECKPOINT)


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for a TensorFlow source, or None when no interpreter is named or TensorFlow does not read the format.

    Raises:
        ToolMissingError: One is named that is not there.
    """
    python = TENSORFLOW.find(query.python)
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

    query = SourceQuery(model=model, format=format, inputs=tuple(inputs), outputs=tuple(outputs), python=python)
    return worker_source(
        query,
        request,
        entry="tensorflow_run",
        python=python,
        label="TensorFlow",
        needs="TensorFlow",
        timeout=timeout,
    )
