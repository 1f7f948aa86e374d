"""What the service asks of whatever runs its tasks."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """Runs tasks. What is to be done stands in the database; these calls only say that something changed there."""

    def submit(self, task: str) -> None:
        """A task waits to be run."""
        ...

    def cancel(self, task: str) -> None:
        """A task shall end."""
        ...
