"""The part of YAML that Paddle's exporters write: nested tables and lists, plain and quoted words, anchors.

Not read: several documents, tags, block texts (``|``, ``>``), complex keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_MOST_DEPTH: Final = 50
_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_KEY: Final = re.compile(r"""("[^"]*"|'[^']*'|[^\s'"\[\]{},&*#-][^#]*?|-?[^\s'"\[\]{},&*#-][^#]*?)\s*:(?:\s+|$)""")


class YamlError(ValueError):
    """A line is not of the part of YAML that is read; the message names it."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str


def parse_yaml(text: str) -> Any:
    """The tables, lists and words of a text.

    Raises:
        YamlError: A line is not understood.
    """
    lines = [
        _Line(number, len(line) - len(line.lstrip(" ")), line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#") and line.strip() not in ("---", "...")
    ]
    parser = _Parser(lines)
    found = parser.block(-1, 0)
    if parser.position < len(lines):
        raise parser.wrong("is indented otherwise than the lines before")
    return found


class _Parser:
    def __init__(self, lines: list[_Line]) -> None:
        self.lines = lines
        self.position = 0
        self.anchors: dict[str, Any] = {}

    def wrong(self, reason: str) -> YamlError:
        number = self.lines[min(self.position, len(self.lines) - 1)].number if self.lines else 0
        return YamlError(f"line {number} {reason}")

    def block(self, parent: int, depth: int) -> Any:
        """What stands further in than ``parent``."""
        if depth > _MOST_DEPTH:
            raise self.wrong("is nested too deeply")
        if self.position >= len(self.lines) or self.lines[self.position].indent <= parent:
            return None
        line = self.lines[self.position]
        if line.text.startswith("- ") or line.text == "-":
            return self.items(line.indent, depth)
        if _KEY.match(line.text):
            return self.table(line.indent, depth)
        self.position += 1
        return self.scalar(line.text)

    def items(self, indent: int, depth: int) -> list[Any]:
        found: list[Any] = []
        while self.position < len(self.lines):
            line = self.lines[self.position]
            if line.indent != indent or not (line.text.startswith("- ") or line.text == "-"):
                break
            rest = line.text[1:].lstrip()
            if not rest or rest.startswith("&"):
                self.position += 1
                found.append(self.anchored(rest, indent, depth))
                continue
            self.lines[self.position] = _Line(line.number, indent + len(line.text) - len(rest), rest)
            found.append(self.block(indent, depth + 1))
        return found

    def table(self, indent: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.position < len(self.lines):
            line = self.lines[self.position]
            match = _KEY.match(line.text)
            if line.indent != indent or match is None or line.text.startswith("- "):
                break
            self.position += 1
            rest = line.text[match.end() :].strip()
            found[match[1].strip("\"'")] = self.value(rest, indent, depth)
        return found

    def value(self, rest: str, indent: int, depth: int) -> Any:
        rest = "" if rest.startswith("#") else rest
        if not rest or rest.startswith("&"):
            return self.anchored(rest, indent, depth)
        while rest[:1] in "[{" and rest.count("[") + rest.count("{") > rest.count("]") + rest.count("}"):
            if self.position >= len(self.lines):
                raise self.wrong("opens a bracket that is not closed")
            rest += " " + self.lines[self.position].text
            self.position += 1
        return self.scalar(rest)

    def anchored(self, rest: str, indent: int, depth: int) -> Any:
        """A value below, or behind its anchor's name; lists may stand as far in as their key."""
        name, _, here = rest.partition(" ")
        if here:
            found = self.scalar(here.strip())
        else:
            following = self.lines[self.position] if self.position < len(self.lines) else None
            level = following is not None and following.indent == indent and following.text.startswith("- ")
            found = self.items(indent, depth + 1) if level else self.block(indent, depth + 1)
        if name:
            self.anchors[name[1:]] = found
        return found

    def scalar(self, text: str) -> Any:
        if text.startswith("*"):
            if text[1:] not in self.anchors:
                raise self.wrong(f"names the anchor {text[1:]!r}, which is nowhere before")
            return self.anchors[text[1:]]
        if text[:1] in "[{":
            return self.flow(text)
        if text[:1] in "\"'" and len(text) > 1 and text[-1] == text[0]:
            return text[1:-1]
        text = text.partition(" #")[0].strip()
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _NUMBER.fullmatch(text):
            return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)
        return text

    def flow(self, text: str) -> Any:
        inner = text[1:-1].strip()
        parts = _parts(inner)
        if text[0] == "[":
            return [self.scalar(part) for part in parts]
        pairs = [part.partition(":") for part in parts]
        return {key.strip().strip("\"'"): self.scalar(value.strip()) for key, _, value in pairs}


def _parts(text: str) -> list[str]:
    """Parts between commas that stand outside brackets and quotes."""
    parts: list[str] = []
    depth, start, quote = 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]
