"""Settings as given, held against a template's schema; all that is wrong is said at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from modelwright.errors import near_matches
from modelwright.templates.template import Setting, SettingType, Template

LONGEST: Final = 4000
"""Most characters of one value."""

_SHAPE: Final = re.compile(r"^[^;,]+:(\?|-1|[1-9]\d*)(,(\?|-1|[1-9]\d*))*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a request.

    Attributes:
        where: What is wrong: ``settings.batch_size``, ``input``.
        message: Why.
        remedy: What to do.
    """

    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        """``where: message: remedy``."""
        return f"{self.where}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


def check_values(template: Template, given: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The values of all settings, defaults included, and what is wrong with those that were given.

    Args:
        template: The template.
        given: Values by the settings' names; an empty one counts as not given.
    """
    problems = list(_unknown(template, given))
    values = {item.id: given.get(item.id, "").strip() or item.default for item in template.settings}
    for setting in template.settings:
        problem = _problem(setting, values[setting.id])
        if problem is not None:
            problems.append(Problem(where=f"settings.{setting.id}", message=problem[0], remedy=problem[1]))
        problems += _together(setting, values)
    return values, problems


def _unknown(template: Template, given: Mapping[str, str]) -> Iterator[Problem]:
    known = [item.id for item in template.settings]
    for name in given:
        if name not in known:
            close = ", ".join(near_matches(name, known, limit=3))
            remedy = f"did you mean {close}?" if close else f"its settings are {', '.join(known)}"
            yield Problem(where=f"settings.{name}", message=f"{template.name} has no such setting", remedy=remedy)


def _problem(setting: Setting, value: str) -> tuple[str, str] | None:
    if not value:
        return (
            ("a value is required", f"such as {setting.example}" if setting.example else "")
            if setting.required
            else None
        )
    if len(value) >= LONGEST:
        return f"{len(value)} characters", f"give fewer than {LONGEST}"
    return _CHECKS[setting.type](setting, value)


def _together(setting: Setting, values: Mapping[str, str]) -> Iterator[Problem]:
    value = values[setting.id]
    if not value or value == setting.default:
        return
    where = f"settings.{setting.id}"
    for name, needed in setting.needs.items():
        if values.get(name) != needed:
            yield Problem(
                where=where, message=f"{value!r} needs {name}={needed}", remedy=f"set {name}, or leave {setting.id} out"
            )
    for name in setting.excludes:
        if values.get(name):
            yield Problem(where=where, message=f"does not go with {name}", remedy="give one of the two")


def _text(setting: Setting, value: str) -> tuple[str, str] | None:
    del setting
    return ("control characters", "leave them out") if any(ord(char) < 32 for char in value) else None


def _choice(setting: Setting, value: str) -> tuple[str, str] | None:
    return (
        None if value in setting.choices else (f"{value!r} is no choice", f"give one of {', '.join(setting.choices)}")
    )


def _integer(setting: Setting, value: str) -> tuple[str, str] | None:
    if not re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII):
        return f"{value!r} is no whole number", _range(setting)
    return _in_range(setting, int(value), value)


def _number(setting: Setting, value: str) -> tuple[str, str] | None:
    try:
        found = float(value)
    except ValueError:
        return f"{value!r} is no number", _range(setting)
    return _in_range(setting, found, value) if math.isfinite(found) else (f"{value!r} is not finite", _range(setting))


def _in_range(setting: Setting, found: float, value: str) -> tuple[str, str] | None:
    low = setting.minimum is not None and found < setting.minimum
    high = setting.maximum is not None and found > setting.maximum
    return (f"{value} is out of range", _range(setting)) if low or high else None


def _range(setting: Setting) -> str:
    bounds = [("from", setting.minimum), ("to", setting.maximum)]
    return "give a number" + "".join(f" {word} {bound:g}" for word, bound in bounds if bound is not None)


def _switch(setting: Setting, value: str) -> tuple[str, str] | None:
    del setting
    return None if value in ("true", "false") else (f"{value!r} is neither true nor false", "give one of the two")


def _names(setting: Setting, value: str) -> tuple[str, str] | None:
    names = split_names(value)
    if "" in names:
        return f"an empty name in {value!r}", f"such as {setting.example}"
    twice = sorted({name for name in names if names.count(name) > 1})
    return (f"{', '.join(twice)} is there twice", "name each tensor once") if twice else None


def _shapes(setting: Setting, value: str) -> tuple[str, str] | None:
    wrong = [part for part in value.rstrip(";").split(";") if not _SHAPE.match(part.strip())]
    return (f"{wrong[0]!r} is no shape", f"write {setting.example}") if wrong else None


_CHECKS: Final[dict[SettingType, Callable[[Setting, str], tuple[str, str] | None]]] = {
    SettingType.TEXT: _text,
    SettingType.CHOICE: _choice,
    SettingType.INTEGER: _integer,
    SettingType.NUMBER: _number,
    SettingType.SWITCH: _switch,
    SettingType.NAMES: _names,
    SettingType.SHAPES: _shapes,
}


def split_names(value: str) -> list[str]:
    """Names separated by colons; a number belongs to the name before it (``x:0:y:1`` is ``x:0`` and ``y:1``)."""
    names: list[str] = []
    for part in value.split(":"):
        if part.isdigit() and names and not names[-1].rpartition(":")[2].isdigit():
            names[-1] = f"{names[-1]}:{part}"
        else:
            names.append(part.strip())
    return names


def typed(setting: Setting, value: str) -> Any:
    """The value as its type: a text, a number, a boolean or a list of names.

    Args:
        setting: The setting.
        value: A value without problems.
    """
    match setting.type:
        case SettingType.INTEGER:
            return int(value)
        case SettingType.NUMBER:
            return float(value)
        case SettingType.SWITCH:
            return value == "true"
        case SettingType.NAMES:
            return split_names(value)
        case _:
            return value
