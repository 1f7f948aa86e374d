"""Templates of pages: one environment, autoescaped and strict."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from modelwright.service.console import moments
from modelwright.service.console.assets import Assets
from modelwright.service.console.messages import Messages
from modelwright.service.console.strings import LANGUAGES, Texts, read_strings

FOLDER: Final = Path(__file__).with_name("html")


class Pages:
    """Renders pages in both languages."""

    def __init__(self) -> None:
        strings = read_strings()
        self.assets = Assets()
        self._messages = Messages()
        self.texts = {language: Texts(strings, language) for language in LANGUAGES}
        self._environment = _environment()

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """A template's text.

        Args:
            name: File in ``html/``.
            language: One of ``LANGUAGES``.
            values: What the template may speak of, besides ``t``, ``say``, ``asset`` and the times.
        """
        t = self.texts[language]
        own = {
            "t": t,
            "asset": self.assets.url,
            "say": partial(self._messages, language=language),
            "age": partial(moments.age, t=t),
            "duration": partial(moments.duration, t=t),
            "seconds": partial(moments.seconds_text, t=t),
        }
        return self._environment.get_template(name).render(own | dict(values))


@functools.cache
def _environment() -> Environment:
    """The templates, each compiled once in a process."""
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(size=moments.size_text, moment=moments.moment_text)
    return found
