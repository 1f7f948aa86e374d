"""The queue of each chip."""

from __future__ import annotations

from typing import Final

QUEUES: Final = {"ascend": ("ascend",), "gpu": ("gpu",), "arm": ("arm",), "cpu": ("general",)}
"""The templates' chips that each queue serves, by the queue's name as ``modelwright worker --chips`` has it."""

MOST_URGENT: Final = 9
"""Priorities go from 0 to this."""


def queue_of(chip: str) -> str:
    """The queue of a template's chip."""
    return next(name for name, chips in QUEUES.items() if chip in chips)


def broker_queue(name: str) -> str:
    """A queue's name in the broker."""
    return f"modelwright.{name}"
