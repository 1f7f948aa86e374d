"""Short reads of the database: few at a time, since more threads than processors only wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

_Found = TypeVar("_Found")
_AT_ONCE: Final = 3
"""Reads at a time: one that computes, and others that wait for the database."""


class Quick:
    """Runs short reads in threads of their own, apart from what takes long (unpacking, downloads)."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._limiter = CapacityLimiter(at_once)

    async def read(self, act: Callable[[], _Found]) -> _Found:
        """What a function gives, which must not take long."""
        return await to_thread.run_sync(act, limiter=self._limiter)
