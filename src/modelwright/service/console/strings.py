"""The console's texts in both languages, read from ``strings/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from modelwright.templates.template import Text

FOLDER: Final = Path(__file__).with_name("strings")
LANGUAGES: Final = ("en", "zh")
"""What the console speaks; the first unless a browser asks for another one."""

_FILE: Final = TypeAdapter(dict[str, Text])


def read_strings() -> dict[str, Text]:
    """All texts by ``file.name``.

    Raises:
        ValueError: A file holds something else, or a text lacks a language.
    """
    return {
        f"{path.stem}.{name}": text
        for path in sorted(FOLDER.glob("*.toml"))
        for name, text in _FILE.validate_python(tomllib.loads(path.read_text(encoding="utf-8"))).items()
    }


class Texts:
    """The texts of one language."""

    def __init__(self, strings: Mapping[str, Text], language: str) -> None:
        self._strings = strings
        self.language = language

    def __call__(self, key: str, values: Mapping[str, object] | None = None) -> str:
        """The text of a key, its placeholders filled in.

        Raises:
            KeyError: There is no such text, or no such value.
        """
        text = self.of(self._strings[key])
        return text.format_map(values) if values else text

    def known(self, key: str) -> str:
        """The text of a key that data name, or an empty text when there is none."""
        return self.of(self._strings[key]) if key in self._strings else ""

    def raw(self, key: str) -> str:
        """The text of a key as it is, for scripts that fill its placeholders in.

        Raises:
            KeyError: There is no such text.
        """
        return self.of(self._strings[key])

    def of(self, text: Text) -> str:
        """A text that comes in both languages."""
        return text.zh if self.language == "zh" else text.en


def preferred_language(accepted: str) -> str:
    """The language of an ``Accept-Language`` header that the console speaks."""
    best, found = 0.0, LANGUAGES[0]
    for part in accepted.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        language = tag.strip().lower().partition("-")[0]
        weight = _number(quality)
        if language in LANGUAGES and weight > best:
            best, found = weight, language
    return found


def _number(quality: str) -> float:
    try:
        return float(quality or "1")
    except ValueError:
        return 0.0
