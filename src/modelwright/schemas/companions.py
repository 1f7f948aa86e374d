"""Files that belong to a model and are named by it: found in the model's folder, or refused.

A model from elsewhere could name any file of the machine, and its contents would end up in the artifact. So a name must
be relative, must not lead out of the folder, by ``..`` or by a symbolic link, and must be a regular file: reading a
pipe or a device would hang. Files with several hard links are accepted: making one takes write access to the folder,
and deduplicating stores make them all the time.
"""

from __future__ import annotations

from pathlib import Path

from modelwright.errors import ModelFormatError, ModelNotFoundError


def companion(folder: Path, name: str, *, what: str) -> Path:
    """The path of a file that a model names.

    Args:
        folder: The model's folder.
        name: The file's name as the model gives it.
        what: What names it and what it is, for messages: ``model.onnx: the external data of tensor 'w'``.

    Raises:
        ModelFormatError: The name leads out of the folder, or is no regular file.
        ModelNotFoundError: There is no such file.
    """
    path = folder / name
    try:
        if not name or Path(name).is_absolute() or "\0" in name:
            raise _refused(name, what, "is not a relative path")
        if not path.resolve().is_relative_to(folder.resolve()):
            raise _refused(name, what, "leads out of the model's folder")
        if path.is_file():
            return path
        if path.exists():
            raise _refused(name, what, "is not a regular file")
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "symbolic links in a circle"
        raise _refused(name, what, f"cannot be a file ({reason})") from error
    raise ModelNotFoundError(
        f"{what}, {_shortened(str(path))}, is not there", hint="copy the file beside the model, under this name"
    )


def _refused(name: str, what: str, reason: str) -> ModelFormatError:
    return ModelFormatError(
        f"{what}, {_shortened(name)!r}, {reason}",
        hint="copy the model and its files into one folder, without symbolic links that lead elsewhere",
    )


def _shortened(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:200]}..."
