"""Sizes, times and numbers as people read them."""

from __future__ import annotations


def bytes_text(count: int) -> str:
    """A size in decimal units: ``312 kB``, ``102.6 MB``."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{value:.{0 if value >= 100 else 1}f} {unit}"


def seconds_text(seconds: float) -> str:
    """A time: ``0.02 s``, ``12.3 s``."""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def error_text(value: float) -> str:
    """An error: ``0`` or two digits, ``2.4e-07``."""
    return "0" if value == 0 else f"{value:.1e}"


def plural(count: int, noun: str) -> str:
    """``1 node``, ``2 nodes``, ``13,578 parameters``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
