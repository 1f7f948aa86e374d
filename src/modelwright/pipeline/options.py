"""Options of frontends and backends: from flags, keyword arguments or a recipe's table to the form a recipe stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from modelwright.errors import RecipeError, UsageError, near_matches
from modelwright.formats import parse_named_shapes, split_list
from modelwright.options import Option, OptionKind

CUSTOM_DOMAIN = "ai.onnx.converters.tensorflow"
"""Domain of a custom operator for which none is given."""


def settle_options(valid: Sequence[Option], options: Mapping[str, object], *, of: str) -> dict[str, Any]:
    """Checks options against those that there are and brings each into its stored form, in their order.

    Args:
        valid: The options that there are.
        options: Values by name; strings as on the command line, or the stored form.
        of: What the options are for, as a message names it: ``Keras models``.

    Raises:
        RecipeError: A name is not one of them.
        UsageError: A value is malformed.
    """
    names = [option.name for option in valid]
    for name in options:
        if name not in names:
            raise RecipeError(f"{name!r} does not apply to {of}", hint=nearest_hint(name, names, "its options are"))
    return {option.name: settle_value(option, options[option.name]) for option in valid if option.name in options}


def nearest_hint(name: str, valid: Iterable[str], intro: str) -> str:
    """``did you mean 'x'?`` when something is near, else all that is valid."""
    names = sorted(valid)
    close = near_matches(name, names, limit=3)
    return f"did you mean {', '.join(repr(item) for item in close)}?" if close else f"{intro} {', '.join(names)}"


def settle_value(option: Option, value: object) -> Any:
    """The stored form of one option's value.

    Raises:
        UsageError: It is of the wrong type or malformed.
    """
    return _SETTLERS[option.kind](option.name, value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def _switch(name: str, value: object) -> bool:
    found = _SWITCH.get(str(value).lower())
    if found is None:
        raise _wrong(name, value, "True or False")
    return found


_SWITCH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(name, value, "a text")
    return value


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _wrong(name, value, "an integer")
    try:
        return int(value)
    except ValueError:
        raise _wrong(name, value, "an integer") from None


def _names(name: str, value: object) -> list[str]:
    return [part for text in _texts(name, value) for part in split_list(text)]


def _shapes(name: str, value: object) -> list[str]:
    return [str(item) for item in parse_named_shapes(",".join(_texts(name, value)))]


def _texts(name: str, value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(item, str) and item for item in texts):
        raise _wrong(name, value, "a text or a list of texts")
    return [str(item) for item in texts]


def _sizes(name: str, value: object) -> dict[str, int]:
    found = _integers(name, _pairs(name, value, last_colon=True, default=None))
    for key, size in found.items():
        if size <= 0:
            raise UsageError(f"{name}: {key}:{size} is not a size", hint="a dimension's size is greater than 0")
    return found


def _versions(name: str, value: object) -> dict[str, int]:
    return _integers(name, _pairs(name, value, last_colon=True, default=None))


def _domains(name: str, value: object) -> dict[str, str]:
    return {key: str(item) for key, item in _pairs(name, value, last_colon=False, default=CUSTOM_DOMAIN).items()}


def _integers(name: str, pairs: Mapping[str, object]) -> dict[str, int]:
    return {key: _integer(f"{name} of {key!r}", item) for key, item in pairs.items()}


def _pairs(name: str, value: object, *, last_colon: bool, default: str | None) -> dict[str, object]:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    found: dict[str, object] = {}
    for text in _texts(name, value):
        for part in split_list(text):
            key, colon, item = part.rpartition(":") if last_colon else part.partition(":")
            if not colon and default is not None:
                key, item = part, default
            if not key or not item:
                raise UsageError(f"{name}: {part!r} is not of the form name:value", hint="write name:value")
            if found.get(key, item) != item:
                raise UsageError(f"{name}: {key!r} is given twice", hint="give each name one value")
            found[key] = item
    return found


def _wrong(name: str, value: object, wanted: str) -> UsageError:
    return UsageError(f"{name} is {value!r}", hint=f"give {wanted}")


_SETTLERS: dict[OptionKind, Callable[[str, object], Any]] = {
    OptionKind.FLAG: _flag,
    OptionKind.SWITCH: _switch,
    OptionKind.TEXT: _text,
    OptionKind.INTEGER: _integer,
    OptionKind.NAMES: _names,
    OptionKind.SHAPES: _shapes,
    OptionKind.SIZES: _sizes,
    OptionKind.VERSIONS: _versions,
    OptionKind.DOMAINS: _domains,
    OptionKind.NEW_FILE: _text,
    OptionKind.FILES: _names,
    OptionKind.FILE: _text,
}
