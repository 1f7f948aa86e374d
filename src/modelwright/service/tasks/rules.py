"""What a task's name, description and settings must be like."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from modelwright.service.errors import Fault

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,22}[a-z0-9]")
_LONGEST: Final = 100
_FORBIDDEN: Final = '&!"<>='
_WORDS: Final = "2 to 24 lowercase letters, digits and hyphens, a letter first and no hyphen last"


def name_faults(name: str) -> Iterator[Fault]:
    """What is wrong with a task's name."""
    if not name:
        yield Fault(where="name", message="it is missing", remedy=f"give {_WORDS}")
    elif not _NAME.fullmatch(name):
        yield Fault(where="name", message=f"{name[:40]!r} is no name of a task", remedy=f"give {_WORDS}")


def description_faults(description: str) -> Iterator[Fault]:
    """What is wrong with a description."""
    if len(description) > _LONGEST:
        message = f"{len(description)} characters"
        yield Fault(where="description", message=message, remedy=f"give at most {_LONGEST}")
    found = sorted({char for char in description if char in _FORBIDDEN or ord(char) < 32})
    if found:
        shown = " ".join(char if char in _FORBIDDEN else repr(char) for char in found)
        yield Fault(where="description", message=f"it holds {shown}", remedy=f"leave {_FORBIDDEN} out")


def path_faults(where: str, url: str) -> Iterator[Fault]:
    """What is wrong with an input or output path at first sight."""
    if not url:
        yield Fault(where=where, message="it is missing", remedy="give a URL such as file:///models/net")
    elif any(ord(char) < 32 for char in url):
        yield Fault(where=where, message="it holds control characters", remedy="leave them out")


def suggested_name() -> str:
    """A name such as ``convert-ba73``."""
    return f"convert-{secrets.token_hex(2)}"


def as_texts(settings: Mapping[str, str | int | float | bool]) -> dict[str, str]:
    """Settings as texts: numbers and booleans as JSON writes them."""
    return {name: _text(value) for name, value in settings.items()}


def _text(value: str | float | bool) -> str:  # noqa: FBT001  a value, no switch
    return str(value).lower() if isinstance(value, bool) else str(value)
