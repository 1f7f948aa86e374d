"""The sections of a recipe and what their keys may hold.

Checked by hand and not by pydantic, whose import takes as long as reading a small model (ADR 14).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from modelwright.pipeline.interpreters import interpreters
from modelwright.pipeline.options import nearest_hint
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSection:
    """Where the model is.

    Attributes:
        path: File or folder.
        format: Its format, one of ``known_formats()``; None detects it.
    """

    path: str
    format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSection:
    """What is written.

    Attributes:
        path: The artifact's file.
        target: The backend's name; None takes it from the path's suffix.
        opset: Version of ONNX's default domain; None leaves it to the frontend.
        options: Options of the backend, as ``modelwright.pipeline.options`` settles them.
    """

    path: str
    target: str | None = None
    opset: int | None = None
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeSection:
    """Whether the graph is optimized; None leaves it to the frontend."""

    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeSection:
    """How the model is quantized, and from which data; without settings it is not.

    Attributes:
        config: A calibration file that says settings and data instead.
        settings: What `modelwright.quantize.stored.plain_data` makes of `QuantizeSettings`, without what is as by
            default; the target is that of the output unless it is said.
        data: The same of `DataSettings`.
        search: Whether the one input in ``data`` stands for all of the model's, whose data are looked for at its path.
        statistics: A file of statistics to take instead of calibrating.
        save_statistics: Where to write the statistics.
        simplify: Whether the graph is optimized before; None means yes.
        report: Whether `<name>_report.md`, `.html`, `.json` are written; None means for models up to 512 MB of weights.
        fix: Whether what the doctor finds wrong and knows to fix is fixed; None means no.
        metric: ``file.py:func`` whose drop mixed precision watches.
    """

    config: str | None = None
    settings: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    search: bool | None = None
    statistics: str | None = None
    save_statistics: str | None = None
    simplify: bool | None = None
    report: bool | None = None
    fix: bool | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySection:
    """How the result is compared with the source.

    Attributes:
        enabled: Whether it is run and compared at all; None means yes.
        reference: An ``.npz`` with ``in:<name>`` and ``out:<name>``.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        seed: Seed of random inputs.
        layers: Whether all tensors that source and result both have are compared, too; None means no.
        interpreters: Interpreters that run sources, by the keys that the frontends declare (``tf_python``, ...), which
            stand beside the others in a file.
    """

    enabled: bool | None = None
    reference: str | None = None
    rtol: float = DEFAULT_RTOL
    atol: float = DEFAULT_ATOL
    seed: int = 0
    layers: bool | None = None
    interpreters: dict[str, str] = field(default_factory=dict[str, str])

    def interpreter(self, name: str) -> str | None:
        """The interpreter that the user named, by its key, or None."""
        return self.interpreters.get(name)


Section = SourceSection | OutputSection | OptimizeSection | QuantizeSection | VerifySection
Check = Callable[[Any], bool]
Problem = tuple[str, str]
"""Message and hint."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_seed(value: Any) -> bool:
    return _is_integer(value) and value >= 0


def _is_tolerance(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


_WANTED: Final[dict[Check, str]] = {
    _is_text: "a text is wanted",
    _is_path: "a path is wanted",
    _is_flag: "true or false is wanted",
    _is_integer: "a whole number is wanted",
    _is_seed: "a whole number from 0 is wanted",
    _is_tolerance: "a number from 0 is wanted",
    _is_table: "a table is wanted",
}

_CLASSES: Final[dict[str, type[Section]]] = {
    "source": SourceSection,
    "output": OutputSection,
    "optimize": OptimizeSection,
    "quantize": QuantizeSection,
    "verify": VerifySection,
}

_KEYS: Final[dict[str, dict[str, Check]]] = {
    "source": {"path": _is_path, "format": _is_text},
    "output": {"path": _is_path, "target": _is_text, "opset": _is_integer, "options": _is_table},
    "optimize": {"enabled": _is_flag},
    "quantize": {
        "config": _is_path,
        "settings": _is_table,
        "data": _is_table,
        "search": _is_flag,
        "statistics": _is_path,
        "save_statistics": _is_path,
        "metric": _is_path,
        "simplify": _is_flag,
        "report": _is_flag,
        "fix": _is_flag,
    },
    "verify": {
        "enabled": _is_flag,
        "reference": _is_text,
        "rtol": _is_tolerance,
        "atol": _is_tolerance,
        "seed": _is_seed,
        "layers": _is_flag,
    },
}

_ALWAYS: Final = (("source", "path"), ("output", "path"))
_TOP: Final = ("version", "options", *_KEYS)


def parse_sections(data: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Problem]]:
    """The sections that the data hold, by name, and all that is wrong with the data.

    Args:
        data: Sections and the top-level keys ``version`` and ``options``; a key that is None counts as not there.
        where: What to call the data in messages.
    """
    problems = list(_problems_at_top(data, where))
    sections: dict[str, Any] = {}
    for name, checks in _KEYS.items():
        found = data.get(name, {})
        if not _is_table(found):
            problems.append(_wrong(where, name, found, _WANTED[_is_table]))
            continue
        given = {key: value for key, value in found.items() if value is not None}
        further = {item.name: _is_text for item in interpreters()} if name == "verify" else {}
        before = len(problems)
        problems += _problems_in(name, given, {**checks, **further}, where)
        if len(problems) == before:
            sections[name] = _CLASSES[name](**_arguments(given, checks))
    return sections, problems


def _arguments(given: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """The keys as a section's arguments: tolerances as floats, and what the frontends declare apart."""
    own = {
        key: float(value) if checks[key] is _is_tolerance else value for key, value in given.items() if key in checks
    }
    apart = {key: value for key, value in given.items() if key not in checks}
    return {**own, "interpreters": apart} if apart else own


def _problems_at_top(data: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in data:
        if key not in _TOP:
            yield f"{where}: unknown key {key!r}", nearest_hint(str(key), [*_TOP], "the keys are")
    version: Any = data.get("version", 1)
    if version is True or version != 1:
        yield _wrong(where, "version", version, "this version reads recipes of version 1")
    if not _is_table(data.get("options", {})):
        yield _wrong(where, "options", data["options"], _WANTED[_is_table])


def _problems_in(section: str, given: Mapping[str, Any], checks: Mapping[str, Check], where: str) -> Iterator[Problem]:
    for name, key in _ALWAYS:
        if name == section and key not in given:
            hint = "every recipe has [source] path and [output] path"
            yield f"{where}: the key '{section}.{key}' is missing", hint
    for key, value in given.items():
        if key not in checks:
            yield f"{where}: unknown key '{section}.{key}'", nearest_hint(key, [*checks], "the keys are")
        elif not checks[key](value):
            yield _wrong(where, f"{section}.{key}", value, _WANTED[checks[key]])


def _wrong(where: str, key: str, value: Any, wanted: str) -> Problem:
    return f"{where}: {key} is {value!r}: {wanted}", "correct the value"
