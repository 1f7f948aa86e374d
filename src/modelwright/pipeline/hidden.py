"""Hidden folders in which results grow. One that a killed run left behind is removed by the next run beside it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

_PREFIX: Final = ".modelwright-"

_GRACE: Final = 60.0
"""Seconds after which a folder that no run holds is a leftover: between its making and its locking it is not held."""


class HiddenFolder:
    """A folder beside a destination, held by a lock that ends with the process, however that ends."""

    def __init__(self, parent: Path) -> None:
        """Makes it, after removing what killed runs left in ``parent``.

        Raises:
            OSError: ``parent`` cannot be written to.
        """
        _sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._handle = os.open(self.path, os.O_RDONLY)
        with contextlib.suppress(OSError):  # a file system without locks: there nothing is swept either
            _hold(self._handle)

    def remove(self) -> None:
        """Removes it with what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._handle)


def _hold(handle: int) -> None:
    """Locks a folder for as long as it is open.

    Raises:
        OSError: Another process holds it, or there are no such locks.
    """
    if sys.platform == "win32":
        raise OSError(errno.ENOTSUP, "no locks on folders")
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_dir() and time.time() - folder.stat().st_mtime > _GRACE:
                _remove_unheld(folder)


def _remove_unheld(folder: Path) -> None:
    """Raises ``OSError`` where a run holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        _hold(handle)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
