"""Facts about a run: hashes of files, versions of what shaped the result, peak memory."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from modelwright.diagnostics import WrittenFile
from modelwright.errors import ModelNotFoundError

_LIBRARIES = ("modelwright", "numpy", "onnx", "onnx-ir", "onnxruntime", "protobuf")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        ModelNotFoundError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}") from None


def hashes_of(files: Iterable[Path], source: Path) -> dict[str, str]:
    """SHA-256 of each file by its path relative to the model's folder, in order of the paths."""
    base = source if source.is_dir() else source.parent
    found = {Path(os.path.relpath(path, base)).as_posix(): sha256_of(path) for path in files}
    return dict(sorted(found.items()))


def written_file(path: Path, folder: Path) -> WrittenFile:
    """Size and SHA-256 of ``path``, which is given relative to ``folder``, the place of the artifact."""
    return WrittenFile(path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=sha256_of(path))


def versions() -> dict[str, str]:
    """Versions of Python and the libraries that shape a result."""
    import importlib.metadata
    import platform

    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def peak_memory() -> int:
    """Peak resident memory of this process in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
