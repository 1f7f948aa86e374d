"""The registry of steps: functions that write an operator in the form of the opset below or above a version.

The signature of a step is the schema of the version it leaves: positional parameters are inputs, keyword-only ones
attributes with the standard's defaults. Its first parameter is the ``StepBuilder``, which emits at the opset reached.
It returns the values that take the place of the outputs, or None when the node may stand as it is.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from modelwright.registry import Operator, OperatorRegistry

Adapter = Callable[..., Any]

_DOWN = OperatorRegistry(source="down")
_UP = OperatorRegistry(source="up")


def lower(*op_types: str, version: int, keeps: str = "") -> Callable[[Adapter], Adapter]:
    """Registers the decorated function to write ``op_types`` of that version at the opset just below it.

    Args:
        op_types: Operators that share it.
        version: Where they were defined anew.
        keeps: Attributes that it leaves as they are on the node, separated by spaces.
    """
    return _DOWN.register(*(_key(op_type, version) for op_type in op_types), ignores=tuple(keeps.split()))


def lift(*op_types: str, version: int, keeps: str = "") -> Callable[[Adapter], Adapter]:
    """Registers the decorated function to write ``op_types`` of the version before in the form of ``version``.

    Args:
        op_types: Operators that share it.
        version: Where they were defined anew.
        keeps: Attributes that it leaves as they are on the node, separated by spaces.
    """
    return _UP.register(*(_key(op_type, version) for op_type in op_types), ignores=tuple(keeps.split()))


def lowering(op_type: str, version: int) -> Operator | None:
    """The step from ``version`` of the operator to the opset below it, or None."""
    return _loaded(_DOWN).find(_key(op_type, version))


def lifting(op_type: str, version: int) -> Operator | None:
    """The step from the version before to ``version`` of the operator, or None."""
    return _loaded(_UP).find(_key(op_type, version))


def all_steps() -> tuple[tuple[str, int, bool, Operator], ...]:
    """Every step: operator, version, whether it goes down, and the step itself."""
    found: list[tuple[str, int, bool, Operator]] = []
    for registry in (_DOWN, _UP):
        for key, operator in _loaded(registry).operators.items():
            op_type, _, version = key.partition(" ")
            found.append((op_type, int(version), registry is _DOWN, operator))
    return tuple(found)


def _key(op_type: str, version: int) -> str:
    return f"{op_type} {version}"


def _loaded(registry: OperatorRegistry) -> OperatorRegistry:
    _load()
    return registry


@functools.cache
def _load() -> None:
    package = importlib.import_module("modelwright.passes.opset.ops")
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        importlib.import_module(f"{package.__name__}.{info.name}")
