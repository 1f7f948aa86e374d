"""Settings as plain data, for recipes and reports, and back."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from modelwright.errors import RecipeError, near_matches

T = TypeVar("T")


def plain_data(settings: object) -> Any:
    """Settings as tables, lists, texts and numbers; what is as by default is left out.

    Args:
        settings: A dataclass of settings, or what its fields hold.
    """
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        fields = dataclasses.fields(settings)
        said = {item.name: getattr(settings, item.name) for item in fields}
        return {item.name: plain_data(said[item.name]) for item in fields if said[item.name] != _default(item)}
    if isinstance(settings, StrEnum):
        return settings.value
    if isinstance(settings, tuple):
        return [plain_data(item) for item in typing.cast("tuple[object, ...]", settings)]
    return settings


def from_plain(kind: type[T], data: object, *, where: str) -> T:
    """Settings from what `plain_data` made of them.

    Args:
        kind: The dataclass.
        data: A table.
        where: What to call it in messages.

    Raises:
        RecipeError: Keys are unknown or missing, or values are of the wrong type.
    """
    if not isinstance(data, Mapping):
        raise RecipeError(f"{where} is {data!r}: a table is wanted")
    table = typing.cast("Mapping[str, object]", data)
    hints = typing.get_type_hints(kind)
    for key in table:
        if key not in hints:
            close = near_matches(key, hints)
            hint = f"did you mean {', '.join(close)}?" if close else f"the keys are {', '.join(hints)}"
            raise RecipeError(f"{where}: unknown key '{key}'", hint=hint)
    values = {key: _value(hints[key], value, where=f"{where}.{key}") for key, value in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise RecipeError(f"{where}: {str(error).partition(') ')[2] or error}") from None


def _default(item: dataclasses.Field[Any]) -> Any:
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


def _value(kind: Any, value: object, *, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = next(item for item in arguments if item is not type(None))
        return None if value is None else _value(inner, value, where=where)
    if origin is tuple:
        return _items(arguments, value, where=where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return from_plain(kind, value, where=where)
    plain = typing.cast("type", kind)
    if issubclass(plain, StrEnum):
        return _member(plain, value, where=where)
    return _number_or_text(plain, value, where=where)


def _number_or_text(kind: type, value: object, *, where: str) -> Any:
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise RecipeError(f"{where} is {value!r}: {_WANTED.get(kind, kind.__name__)} is wanted")
    return float(typing.cast("float", value)) if kind is float else value


_WANTED: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _items(arguments: tuple[Any, ...], value: object, *, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise RecipeError(f"{where} is {value!r}: a list is wanted")
    items = typing.cast("list[object]", value)
    return tuple(_value(arguments[0], item, where=f"{where}[{place}]") for place, item in enumerate(items))


def _member(kind: type[StrEnum], value: object, *, where: str) -> StrEnum:
    names = [item.value for item in kind]
    if value not in names:
        close = near_matches(str(value), names)
        hint = f"did you mean {', '.join(close)}?" if close else f"one of {', '.join(names)}"
        raise RecipeError(f"{where} is {value!r}, which is none that there is", hint=hint)
    return kind(str(value))
