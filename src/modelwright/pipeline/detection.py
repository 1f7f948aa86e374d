"""Which format a model has, told by its content."""

from __future__ import annotations

import difflib
from pathlib import Path

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, frontends

_FOREIGN = (
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras weights or model)"),
    (0, b"PK\x03\x04", "a zip archive (Keras or PyTorch model)"),
    (4, b"TFL3", "a TFLite model"),
    (0, b"IMOD", "an Ascend offline model (.om), compiled for a chip"),
)


def detect_format(path: Path, frontend: Frontend | None = None) -> Format:
    """The format of the file or folder at ``path``.

    Args:
        path: What the user named.
        frontend: Only formats of this frontend; None means any.

    Raises:
        ModelNotFoundError: There is nothing at ``path``.
        ModelFormatError: It is of no format that is read here.
    """
    candidates = frontends() if frontend is None else (frontend,)
    try:
        found = next((item for item in (candidate.detect(path) for candidate in candidates) if item is not None), None)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
    if found is not None:
        return found
    if not path.exists():
        raise not_found(path)
    foreign = _foreign_format(path)
    readable = ", ".join(item.label for candidate in candidates for item in candidate.formats)
    if foreign:
        raise ModelFormatError(f"{path} is {foreign}, which this version does not read", hint=f"it reads: {readable}")
    what = "folder" if path.is_dir() else "file"
    raise ModelFormatError(f"the format of the {what} {path} is not recognized", hint=f"modelwright reads: {readable}")


def not_found(path: Path) -> ModelNotFoundError:
    """The error for a path at which there is nothing, with near names in the same folder."""
    parent = path.parent
    names = sorted(item.name for item in parent.iterdir()) if parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=3)
    if close:
        return ModelNotFoundError(f"no model at {path}", hint=f"in that folder there is {', '.join(close)}")
    missing = "" if parent.is_dir() else f"the folder {parent} does not exist"
    return ModelNotFoundError(f"no model at {path}", hint=missing or "check the path")


def _foreign_format(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(16)
    return next((label for offset, magic, label in _FOREIGN if head[offset : offset + len(magic)] == magic), None)
