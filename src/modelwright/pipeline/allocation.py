"""Where the memory of a process that does one thing comes from."""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of glibc's ``malloc.h``."""


def share_memory() -> None:
    """Has all threads take memory from one pool. It is for processes of our own: it holds until they end.

    By default glibc gives threads pools of their own, and each keeps what it has freed: of runs that do the same, some
    then take a sixth more than others. Does nothing where the C library has no such setting.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_ARENA_MAX, 1)
