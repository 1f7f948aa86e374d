"""The parser of the command line: argparse with errors of ours, no abbreviations, and ``-`` equal to ``_`` in flags."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, Self

from modelwright.errors import UsageError, near_matches

_MISSING: Final = re.compile(r"the following arguments are required: (.+)|one of the arguments (.+) is required")
"""How argparse says what is missing."""


class Parser(argparse.ArgumentParser):
    """A parser whose long flags may be written with dashes or underscores, and that raises ``UsageError``."""

    def __init__(self, *args: Any, fill: Callable[[Self], None] | None = None, **options: Any) -> None:
        """A parser as argparse's.

        Args:
            args: argparse's.
            fill: Adds the arguments, when something is parsed: commands that nobody asks for cost nothing.
            options: argparse's.
        """
        super().__init__(*args, allow_abbrev=False, **options)
        self._unknown: list[str] = []
        self._fill = fill

    def error(self, message: str) -> NoReturn:
        """Raises instead of printing and exiting; a misspelt flag is named rather than what is missing without it."""
        if self._unknown:
            found = _MISSING.fullmatch(message)
            missing = "" if found is None else found[1] or found[2].replace(" ", " or ")
            _refuse(self, self._unknown, missing=missing)
        raise UsageError(message, hint=f"`{self.prog} --help` shows how it is used")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parses after bringing long flags into the spelling they were declared with."""
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)
        spelled = {_canonical(flag): flag for flag in self._option_string_actions if flag.startswith("--")}
        tokens = [_respelled(token, spelled) for token in args or ()]
        if self._subparsers is None:
            known = self._option_string_actions
            self._unknown = [item for item in tokens if item.startswith("--") and item.partition("=")[0] not in known]
        return super().parse_known_args(tokens, namespace)

    def long_flags(self) -> list[str]:
        """The long flags that there are, those that the help does not show among them."""
        return [flag for flag in self._option_string_actions if flag.startswith("--")]


def parse(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Parses a command line.

    Args:
        parser: The whole parser; subcommands set ``parser`` to their own.
        argv: Arguments without the program's name.

    Raises:
        UsageError: A flag is unknown (with near matches), a value is missing or wrong.
    """
    namespace, extra = parser.parse_known_args(argv)
    if extra:
        _refuse(getattr(namespace, "parser", parser), extra)
    return namespace


def _refuse(parser: Parser, extra: Sequence[str], *, missing: str = "") -> NoReturn:
    flags = [item.partition("=")[0] for item in extra if item.startswith("-")]
    if not flags:
        parser.error(f"unexpected {' '.join(extra)}")
    valid = parser.long_flags()
    close = near_matches(flags[0], valid, limit=3) if flags[0].startswith("--") else ()
    guess = f"did you mean {', '.join(close)}? " if close else ""
    noun = "flag" if len(flags) == 1 else "flags"
    needs = f"{missing} was not given; " if missing else ""
    raise UsageError(f"unknown {noun} {', '.join(flags)}", hint=f"{guess}{needs}`{parser.prog} --help` lists all")


def _canonical(flag: str) -> str:
    return flag.replace("_", "-")


def _respelled(token: str, spelled: dict[str, str]) -> str:
    if not token.startswith("--"):
        return token
    name, equals, value = token.partition("=")
    return spelled.get(_canonical(name), name) + equals + value


class PrintVersion(argparse.Action):
    """A flag that prints modelwright's version and stops."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=options.get("help"))

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Prints and stops."""
        del namespace, values, option_string
        from modelwright import __version__

        parser.exit(message=f"modelwright {__version__}\n")


def share(text: str) -> float:
    """A share, as a number or in percent: ``0.005`` or ``0.5%``.

    Raises:
        ValueError: It is neither, or negative.
    """
    return number(text[:-1]) / 100 if text.endswith("%") else number(text)


def number(text: str) -> float:
    """A tolerance: a number that is not negative.

    Raises:
        ValueError: It is not.
    """
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value
