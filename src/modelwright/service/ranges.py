"""Byte ranges of answers (RFC 9110, 14.2): one range of a file; who asks for several gets the whole."""

from __future__ import annotations

import re
from typing import Final

_ONE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the byte after the last one that a ``Range`` header asks for.

    Args:
        header: The header, or None.
        size: Bytes that there are.

    Returns:
        None for the whole: nothing, or nothing that is understood, is asked for.

    Raises:
        ValueError: Nothing of the file lies in the range.
    """
    match = _ONE.fullmatch((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if begin >= size or begin >= end:
        raise ValueError(header)
    return begin, end
