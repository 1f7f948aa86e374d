"""Which files are MindIR."""

from __future__ import annotations

from pathlib import Path


def recognizes(path: Path) -> bool:
    """Whether a file is called ``.mindir``: MindIR has no mark of its own."""
    return path.suffix.lower() == ".mindir"
