"""What files hold, as a short text, to tell whether data are the same as in an earlier run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from modelwright.errors import CalibrationDataError


def digest(files: Sequence[Path]) -> str:
    """SHA-256 over the contents of files, in order; where they lie does not matter.

    Raises:
        CalibrationDataError: A file cannot be read.
    """
    whole = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise CalibrationDataError(f"{path} cannot be read: {error.strerror or error}") from None
    return whole.hexdigest()
