"""Names that files of an upload or an archive may have."""

from __future__ import annotations

import unicodedata
from typing import Final

from modelwright.service.errors import Fault, InvalidRequestError

_LONGEST_PART: Final = 200
_LONGEST: Final = 1000
_RESERVED: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))]
)
"""Names of devices on Windows, with whatever suffix."""
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of what cannot be seen: controls, marks that turn text around or have no width, line breaks."""


def safe_name(name: str) -> str:
    """A path below a folder, in its one spelling.

    Raises:
        InvalidRequestError: It leads outside, is hidden, or holds what file systems or eyes do not take.
    """
    parts = name.removeprefix("./").split("/")
    wrong = next((reason for part in parts if (reason := _wrong(part))), "")
    if wrong or len(name) > _LONGEST:
        fault = Fault(where="path", message=f"{name[:200]!r}: {wrong or 'too long'}", remedy="rename the file")
        raise InvalidRequestError(f"{name[:200]!r} is no name of a file here", faults=[fault])
    return "/".join(parts)


def _wrong(part: str) -> str:
    if part in ("", ".", ".."):
        return "it leads outside of its folder"
    if part.startswith("."):
        return "hidden files are not taken"
    if len(part.encode(errors="replace")) > _LONGEST_PART:
        return "too long"
    if any(unicodedata.category(char) in _UNSEEN for char in part):
        return "it holds characters that cannot be seen"
    plain = unicodedata.normalize("NFKC", part)
    if set(part) & set(':*?"<>|') or set(plain) & set("/\\") or plain in (".", "..") or part[-1] in " .":
        return "it holds characters that not every file system takes"
    if plain.partition(".")[0].rstrip().lower() in _RESERVED:
        return "it is a device's name on some systems"
    return ""
