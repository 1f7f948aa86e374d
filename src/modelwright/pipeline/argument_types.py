"""What arguments of the Python interface may be."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

PathText = str | PathLike[str]
Names = str | Sequence[str]
