"""What a file holds, whether it is a source that is read or an artifact that was written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelwright.backends.manifests import BackendManifest, backends
from modelwright.diagnostics import ModelSummary
from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.formats import TensorSpec
from modelwright.frontends.manifest import frontend_for
from modelwright.pipeline.detection import detect_format

if TYPE_CHECKING:
    import onnx_ir as ir


def describe(path: Path, options: Mapping[str, Any] | None = None) -> ModelSummary:
    """What the model at ``path`` holds, whatever its format.

    Args:
        path: File or folder of the model.
        options: What opens or reads it: ``dec_key`` and ``dec_mode`` of MindSpore's encrypted files.

    Raises:
        ModelNotFoundError: There is nothing at ``path``.
        ModelFormatError: It is of no known format, or damaged.
        UsageError: An option is not for files of its format.
    """
    given = options or {}
    backend = _artifact_of(path)
    if backend is not None:
        _refuse(given, backend.label)
        return backend.describe(path)
    found = detect_format(path)
    frontend = frontend_for(found)
    _refuse([name for name in given if name not in frontend.describe_options], found.label)
    return frontend.describe(path, found, **given)


def _refuse(names: Collection[str], label: str) -> None:
    if names:
        raise UsageError(f"--{next(iter(names))} is not for files of {label}", hint="leave it out")


def describe_artifact(path: Path, backend: BackendManifest) -> ModelSummary:
    """What an artifact of a backend holds; see ``describe``."""
    own = backend.reader is not None and (backend.recognizes is None or backend.recognizes(path))
    return backend.describe(path) if own else describe(path)


def specs_of(model: ir.Model) -> dict[str, TensorSpec]:
    """A hub model's inputs and outputs, by name."""
    from modelwright.hub.dtypes import dtype_name
    from modelwright.hub.shapes import dims_of

    return {
        value.name or "": TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))
        for value in (*model.graph.inputs, *model.graph.outputs)
    }


def _artifact_of(path: Path) -> BackendManifest | None:
    """The backend that alone reads this file."""
    if not path.is_file():
        return None
    try:
        return next((item for item in backends() if item.recognizes is not None and item.recognizes(path)), None)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
