"""Protobuf's text format as a tree that knows where each field stands.

Prototxt files are written by hand, and forks of Caffe add fields; errors name lines, and unknown fields are kept for
whoever needs to name them. Long runs of numbers (weights in text form) are read as one array.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from modelwright.errors import ModelFormatError
from modelwright.schemas.spans import map_file

MAX_DEPTH: Final = 64
"""Deeper than any net nests its messages."""

NUMBER_RUNS: Final = ("data", "double_data", "diff", "double_diff")
"""Fields of which weights in text form have many in a row."""

_TOKEN: Final = re.compile(
    r"""(?:[\s,;]+|\#[^\n]*)*(?:
    (?P<word>[A-Za-z_][\w.]*)
    | (?P<number>[-+]?(?:\d|\.\d)[\w.]*(?:(?<=[eE])[-+]\d+[fF]?)?|-\s*(?:inf|infinity|nan)\b)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<mark>[{}<>:\[\]])
    | (?P<end>\Z)
    | (?P<wrong>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_QUICK: Final = re.compile(
    r"""(?:[\s,;]+|\#[^\n]*)*+([A-Za-z_][\w.]*)\s*(?:
    :\s*"([^"\\\n]*)"(?![\s,;]*["'\#])
    | :\s*(-?\d[\w.]*|[A-Za-z_][\w.]*)(?=[\s,;}\#])
    | :?\s*\{()
    )""",
    re.VERBOSE,
)
"""A whole field as most are written; whatever is written otherwise is read token by token."""

_RUNS: Final = {name: re.compile(rf"(?:\s*{name}\s*:\s*[-+.\w]+(?=\s|,|;|\}}|\Z)[,;]?)+") for name in NUMBER_RUNS}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_CLOSING: Final = {"{": "}", "<": ">"}


class Quoted(str):
    """A value that was written in quotes."""

    __slots__ = ()


class TextField(NamedTuple):
    """One field as written.

    Attributes:
        name: Its name.
        value: A word or number as text, a ``Quoted`` text, a message, or the numbers of a run of such fields.
        position: Offset of the name in the file's text.
    """

    name: str
    value: str | TextMessage | np.ndarray
    position: int


@dataclass(slots=True)
class TextMessage:
    """The fields of a message, in order."""

    fields: list[TextField] = field(default_factory=list[TextField])


class TextFile:
    """A parsed file.

    Attributes:
        path: Where it is.
        root: Its message.
    """

    def __init__(self, path: Path) -> None:
        """Reads and parses ``path``, UTF-8.

        Raises:
            ModelNotFoundError: It cannot be read.
            ModelFormatError: It is not text in this format; names the line.
        """
        self.path = path
        try:
            self._text = bytes(map_file(path)).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ModelFormatError(
                f"{path}: not text ({error.reason} at byte {error.start})",
                hint="a .prototxt is text; give binary weights with --caffemodel",
            ) from error
        self._line_ends: list[int] | None = None
        self.root = _Parser(self).message()

    @property
    def text(self) -> str:
        """The file's text."""
        return self._text

    def line(self, position: int) -> int:
        """The line, from 1, in which an offset lies."""
        if self._line_ends is None:
            self._line_ends = [found.start() for found in re.finditer("\n", self._text)]
        return bisect.bisect_left(self._line_ends, position) + 1

    def fail(self, position: int, reason: str, *, hint: str = "") -> ModelFormatError:
        """An error about an offset, to raise."""
        return ModelFormatError(f"{self.path}:{self.line(position)}: {reason}", hint=hint)


class _Parser:
    """One run over a file's text; messages are kept on a stack, so that nesting costs no recursion."""

    def __init__(self, file: TextFile) -> None:
        self.file = file
        self.text = file.text
        self.position = 0
        self.start = 0
        self.kind: str | None = ""
        self.piece = ""

    def advance(self) -> str | None:
        """Reads the next token; its kind, text and place are kept."""
        found = _TOKEN.match(self.text, self.position)
        if found is None:
            raise self.fail("cannot be read")
        self.kind = found.lastgroup
        self.piece = found[self.kind or 0]
        self.position = found.end()
        self.start = self.position - len(self.piece)
        return self.kind

    def fail(self, reason: str) -> ModelFormatError:
        hint = "a prototxt is protobuf's text format: name: value, or name { ... }"
        return self.file.fail(self.start, reason, hint=hint)

    def message(self) -> TextMessage:
        root = TextMessage()
        stack: list[tuple[TextMessage, str, int]] = [(root, "", 0)]
        while True:
            message, closing, opened = stack[-1]
            inner = self.quick_fields(message)
            kind = self.advance() if inner is None else None
            if kind == "word":
                inner = self.field(message, self.piece, self.start)
            if inner is not None:
                stack.append((inner, _CLOSING[self.piece], self.start))
                if len(stack) > MAX_DEPTH:
                    raise self.fail(f"messages are nested deeper than {MAX_DEPTH}")
            elif kind == "word":
                continue
            elif kind == "mark" and self.piece == closing:
                stack.pop()
            elif kind == "end" and len(stack) == 1:
                return root
            elif kind == "end":
                raise self.file.fail(opened, "this message is not closed before the file ends")
            else:
                raise self.fail(f"expected a field's name, found {self.shown()}")

    def quick_fields(self, message: TextMessage) -> TextMessage | None:
        """Reads fields as most are written; a message that begins is returned with its bracket as the token."""
        while (found := _QUICK.match(self.text, self.position)) is not None:
            name, quoted, plain, opening = found.groups()
            if name in _RUNS:
                return None
            self.position = found.end()
            if opening is not None:
                self.kind, self.piece, self.start = "mark", "{", self.position - 1
                inner = TextMessage()
                message.fields.append(TextField(name, inner, found.start(1)))
                return inner
            message.fields.append(TextField(name, plain if quoted is None else Quoted(quoted), found.start(1)))
        return None

    def field(self, message: TextMessage, name: str, start: int) -> TextMessage | None:
        """Reads a value into ``message``; a message that begins is returned with its bracket as the token."""
        if name in _RUNS and (run := _RUNS[name].match(self.text, start)):
            message.fields.append(TextField(name, self.numbers(name, run.group(), start), start))
            self.position = run.end()
            return None
        kind = self.advance()
        if kind == "mark" and self.piece == ":":
            kind = self.advance()
        elif self.piece not in _CLOSING:
            raise self.fail(f"expected ':' or '{{' after {name!r}, found {self.shown()}")
        if kind == "mark" and self.piece in _CLOSING:
            inner = TextMessage()
            message.fields.append(TextField(name, inner, start))
            return inner
        if kind == "mark" and self.piece == "[":
            self.items(message, name, start)
            return None
        message.fields.append(TextField(name, self.scalar(name), start))
        return None

    def items(self, message: TextMessage, name: str, start: int) -> None:
        """``[a, b, c]``: a short form of several fields."""
        values: list[str] = []
        while self.advance() not in ("mark", "end"):
            values.append(self.scalar(name))
        if self.piece != "]":
            raise self.fail(f"expected a value or ']' in the list of {name!r}, found {self.shown()}")
        if name in _RUNS:
            message.fields.append(TextField(name, self.numbers(name, " ".join(values), start), start))
        else:
            message.fields.extend(TextField(name, value, start) for value in values)

    def scalar(self, name: str) -> str:
        """The token as a value; adjacent texts are joined."""
        if self.kind in ("word", "number"):
            return self.piece
        if self.kind != "text":
            raise self.fail(f"expected a value for {name!r}, found {self.shown()}")
        parts = [_unquoted(self.piece)]
        while (found := _TOKEN.match(self.text, self.position)) and found.lastgroup == "text":
            self.advance()
            parts.append(_unquoted(self.piece))
        return Quoted("".join(parts))

    def numbers(self, name: str, run: str, start: int) -> np.ndarray:
        """The values of a run of fields of one name."""
        dtype = np.float64 if name.startswith("double") else np.float32
        words = run.replace(name, " ").replace(":", " ").replace(",", " ").replace(";", " ").split()
        try:
            return np.array(words, dtype=np.str_).astype(dtype)
        except ValueError as error:
            raise self.file.fail(start, f"{name} is not a row of numbers: {error}") from None

    def shown(self) -> str:
        return "the end of the file" if self.kind == "end" else repr(self.piece)


def _unquoted(token: str) -> str:
    body = token[1:-1]
    return body if "\\" not in body else re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), body)
