"""Tells engines of TensorRT-RTX from other files, by their first bytes (`engine_file` has the layout)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MAGIC: Final = b"vtrt"


def recognizes(path: Path) -> bool:
    """Whether the file begins like an engine of TensorRT-RTX."""
    with path.open("rb") as stream:
        head = stream.read(0x20)
    return head[:4] == MAGIC and head[0x1C:0x20] == MAGIC
