"""Errors as messages on stderr: code, reason, every item, remedy."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

from modelwright.errors import InternalError, ModelwrightError, TemplateError, UnsupportedError


def show_error(error: ModelwrightError) -> None:
    """Prints an expected error in a few lines."""
    lines = [f"{_red('error')} {error.code}: {error.message}"]
    if isinstance(error, UnsupportedError | TemplateError):
        lines += [f"  - {item}" for item in error.items]
    if error.hint:
        lines.append(f"  hint: {error.hint}")
    sys.stderr.write("\n".join(lines) + "\n")


def show_fault(error: Exception) -> None:
    """Prints a short message about a fault of modelwright itself; the traceback goes into a file."""
    text = "".join(traceback.format_exception(error))
    handle, name = tempfile.mkstemp(prefix="modelwright-", suffix=".traceback.txt")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    sys.stderr.write(
        f"{_red('error')} {InternalError.code}: a fault of modelwright itself: {type(error).__name__}: {error}\n"
        f"  hint: nothing was written; the traceback is in {Path(name)}; please report it with the model's origin\n"
    )


def _red(text: str) -> str:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[1;31m{text}\x1b[0m" if coloured else text
