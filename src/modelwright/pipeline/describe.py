"""What a file holds, whether it is a source that is read or an artifact that was written."""

from __future__ import annotations

from pathlib import Path

from modelwright.backends.manifests import BackendManifest, backends
from modelwright.diagnostics import ModelSummary
from modelwright.errors import ModelNotFoundError
from modelwright.frontends.manifest import frontend_for
from modelwright.pipeline.detection import detect_format


def describe(path: Path) -> ModelSummary:
    """What the model at ``path`` holds, whatever its format.

    Raises:
        ModelNotFoundError: There is nothing at ``path``.
        ModelFormatError: It is of no known format, or damaged.
    """
    backend = _artifact_of(path)
    if backend is not None:
        return backend.describe(path)
    found = detect_format(path)
    return frontend_for(found).describe(path, found)


def describe_artifact(path: Path, backend: BackendManifest) -> ModelSummary:
    """What an artifact of a backend holds; see ``describe``."""
    return describe(path) if backend.reader is None else backend.describe(path)


def _artifact_of(path: Path) -> BackendManifest | None:
    """The backend that alone reads this file."""
    if not path.is_file():
        return None
    try:
        return next((item for item in backends() if item.recognizes is not None and item.recognizes(path)), None)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
