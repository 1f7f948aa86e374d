"""Paths in recipes: relative to the file that holds the recipe, so that a folder can be moved as a whole."""

from __future__ import annotations

import os
from pathlib import Path


def absolute(path: str, folder: Path) -> str:
    """``path`` as an absolute path, a relative one being relative to ``folder``; links are not followed."""
    return os.path.normpath(folder.absolute() / Path(path).expanduser())


def portable(path: str, folder: Path) -> str:
    """``path`` relative to ``folder``, unless only the file system's root is common to both: then absolute.

    Args:
        path: An absolute path, or one relative to the working directory.
        folder: The folder of the file in which the path is to stand.
    """
    full, base = os.path.normpath(Path(path).absolute()), os.path.normpath(folder.absolute())
    if os.path.splitdrive(full)[0] != os.path.splitdrive(base)[0]:
        return full
    if os.path.commonpath([full, base]) == Path(full).anchor:
        return full
    return Path(os.path.relpath(full, base)).as_posix()
