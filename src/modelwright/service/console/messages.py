"""What rules and errors say, in the language and the words of the console."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from modelwright.templates.catalogue import templates

FILE: Final = Path(__file__).with_name("messages.toml")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class Message(BaseModel):
    """A text that the service says.

    Attributes:
        said: As it is said, with placeholders.
        zh: In Chinese.
        en: In other English; empty for the same.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: str
    zh: str
    en: str = ""

    def of(self, language: str) -> str:
        """The text in a language, with its placeholders."""
        return self.zh if language == "zh" else self.en or self.said

    @property
    def fixed(self) -> int:
        """How many characters of it are no placeholder; the more, the more surely a text is this one."""
        return len(_PLACEHOLDER.sub("", self.said))

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches the text as it is said."""
        parts = _PLACEHOLDER.split(self.said)
        wanted = [f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
        return re.compile("".join(wanted), re.DOTALL)


class Messages:
    """All texts of ``messages.toml``."""

    def __init__(self) -> None:
        data = tomllib.loads(FILE.read_text(encoding="utf-8"))["messages"]
        found = TypeAdapter(list[Message]).validate_python(data)
        self.all = tuple(sorted(found, key=lambda item: -item.fixed))
        self._patterns = [(item.pattern, item) for item in self.all]
        self._helps = {rule.help.en: rule.help.zh for item in templates() for rule in item.input.files}

    def __call__(self, text: str, language: str) -> str:
        """A text that the service said, as the console says it; unchanged when it is not known."""
        if language == "zh" and text in self._helps:
            return self._helps[text]
        for pattern, message in self._patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                values = {name: self._value(value, language) for name, value in match.groupdict().items()}
                return message.of(language).format_map(values)
        return text

    def _value(self, value: str, language: str) -> str:
        return self._helps.get(value, value) if language == "zh" else value
