"""What the service asks of whatever runs its tasks."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """Runs tasks. What is to be done stands in the database; these calls only say that something changed there."""

    @property
    def slots(self) -> int:
        """How many tasks can run at the same time."""
        ...

    def start(self) -> None:
        """Begins to work."""
        ...

    def stop(self) -> None:
        """Ends the work; tasks under way are left to whoever takes them next."""
        ...

    def submit(self, task: str) -> None:
        """A task waits to be run."""
        ...

    def cancel(self, task: str) -> None:
        """A task shall end."""
        ...
