"""The registry of checks: functions found by walking ``modelwright.quantize.doctor.checks``."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelwright.errors import InternalError
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding

Function = Callable[[Evidence], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check.

    Attributes:
        code: Code of its findings.
        title: What it looks for, a phrase.
        function: Looks at the evidence and yields findings.
    """

    code: str
    title: str
    function: Function


_CHECKS: dict[str, Check] = {}


def check(code: str, title: str) -> Callable[[Function], Function]:
    """Registers the decorated function as the check that gives findings of ``code``."""

    def register(function: Function) -> Function:
        if code in _CHECKS:
            raise InternalError(f"two checks give {code}")
        _CHECKS[code] = Check(code=code, title=title, function=function)
        return function

    return register


@functools.cache
def checks() -> tuple[Check, ...]:
    """All checks, by code."""
    package = importlib.import_module("modelwright.quantize.doctor.checks")
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{info.name}")
    return tuple(_CHECKS[code] for code in sorted(_CHECKS))
