"""Names that files of an upload or an archive may have."""

from __future__ import annotations

from typing import Final

from modelwright.service.errors import Fault, InvalidRequestError

_LONGEST_PART: Final = 200
_LONGEST: Final = 1000


def safe_name(name: str) -> str:
    """A path below a folder, in its one spelling.

    Raises:
        InvalidRequestError: It leads outside, is hidden, or holds what file systems do not take.
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
    if any(ord(char) < 32 or char in '\\:*?"<>|\x7f' for char in part):
        return "it holds characters that not every file system takes"
    try:
        part.encode()
    except UnicodeEncodeError:
        return "it is no Unicode text"
    return ""
