"""Who hears of a run's progress."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Hears which step begins, how far it is and when it is over, to show progress."""

    def begin(self, step: str) -> None:
        """``step`` begins."""
        ...

    def advance(self, done: int, of: int) -> None:
        """``done`` of ``of`` parts of the step that runs are done."""
        ...

    def end(self, step: str) -> None:
        """``step`` is over, well or not."""
        ...


class Silent:
    """An observer that does nothing."""

    def begin(self, step: str) -> None:
        """Ignores it."""

    def advance(self, done: int, of: int) -> None:
        """Ignores it."""

    def end(self, step: str) -> None:
        """Ignores it."""
