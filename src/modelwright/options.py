"""Options that frontends and backends declare as data: flags on the command line, keys of a recipe, names in Python."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class OptionKind(enum.Enum):
    """How an option is written on the command line and what it is in a recipe."""

    FLAG = "flag"
    """Present or not; ``true`` in a recipe."""
    SWITCH = "switch"
    """``True`` or ``False``, ``True`` when nothing follows; a boolean in a recipe."""
    TEXT = "text"
    INTEGER = "integer"
    NAMES = "names"
    """A comma-separated list of names; a list in a recipe."""
    SHAPES = "shapes"
    """``name[1,3],other``; a list of such strings in a recipe."""
    SIZES = "sizes"
    """``name:2 other:3``, split on the last colon; a table of integers in a recipe."""
    DOMAINS = "domains"
    """``Op:domain,Other``, split on the first colon; a table of strings in a recipe."""
    VERSIONS = "versions"
    """``domain:1,other:2``, split on the last colon; a table of integers in a recipe."""
    NEW_FILE = "new-file"
    """A file to write."""
    FILES = "files"
    """A comma-separated list of files to read; a list of paths in a recipe."""
    FILE = "file"
    """One file to read; a path in a recipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing a user may ask of a frontend or a backend.

    Attributes:
        name: The key in a recipe and in Python; with dashes or underscores, the long flag.
        kind: How it is written.
        help: What the command's help says.
        flags: The spellings of the flag; default ``--<name>``.
        metavar: What the help shows as its value.
    """

    name: str
    kind: OptionKind
    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """The flags."""
        return self.flags or (f"--{self.name}",)
