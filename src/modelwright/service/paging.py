"""Cursors: where a page ends, as a text that clients hand back unread."""

from __future__ import annotations

import base64
import json

from modelwright.service.errors import Fault, InvalidRequestError


def encode(*parts: str) -> str:
    """A cursor that holds these texts."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str, count: int) -> tuple[str, ...]:
    """The texts that a cursor holds.

    Raises:
        InvalidRequestError: It is no cursor of ``count`` texts.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != count or not all(isinstance(item, str) for item in found):
        fault = Fault(where="cursor", message="it is none of ours", remedy="send the 'next' of the page before")
        raise InvalidRequestError("the cursor is not valid", faults=[fault])
    return tuple(found)
