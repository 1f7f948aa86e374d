"""Time as the service writes it."""

from __future__ import annotations

import datetime as dt
import secrets
import time


def now() -> str:
    """UTC in ISO 8601 with milliseconds; such texts sort as the times do."""
    return moment(dt.datetime.now(dt.UTC))


def moment(when: dt.datetime) -> str:
    """A time in UTC likewise."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A name that nobody guesses and that sorts by the time it was made: 14 digits of microseconds, 18 random ones."""
    return f"{time.time_ns() // 1000:014x}{secrets.token_hex(9)}"
