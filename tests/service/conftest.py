"""The fixtures of a service, shared by the tests of the service, the client and the command line."""

from browsing import operator, signed_in, visitor
from live_service import asking, client, context, live, new_task, operator_token, place, project

__all__ = [
    "asking",
    "client",
    "context",
    "live",
    "new_task",
    "operator",
    "operator_token",
    "place",
    "project",
    "signed_in",
    "visitor",
]
