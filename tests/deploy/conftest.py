"""The parts of a service, for tests of how it is deployed."""

from live_service import asking, context, new_task

__all__ = ["asking", "context", "new_task"]
