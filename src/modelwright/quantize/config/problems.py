"""What is wrong with a calibration file, key by key, in words: all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modelwright.errors import ConfigError, near_matches

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Key = tuple[str | int, ...]
"""A key's place: names of tables, indices in lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake.

    Attributes:
        key: Where.
        message: What is wrong with it: ``is 7: one of 0, 1, 2 is wanted``.
        hint: What to do; may be empty.
    """

    key: Key
    message: str
    hint: str = ""


def config_error(where: str, problems: Sequence[Problem]) -> ConfigError:
    """One error for all problems of a file.

    Args:
        where: The file.
        problems: At least one.
    """
    if len(problems) == 1:
        only = problems[0]
        return ConfigError(f"{where}: {_text(only)}", hint=only.hint)
    lines = "".join(f"\n  - {_text(item)}" + (f" ({item.hint})" if item.hint else "") for item in problems)
    return ConfigError(f"{where}: {len(problems)} keys must be corrected:{lines}")


def _text(problem: Problem) -> str:
    return f"{path_of(problem.key)} {problem.message}" if problem.key else problem.message


def path_of(key: Key) -> str:
    """A key's place as people write it: ``calibration_parameters.input_parameters[0].dtype``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def problems_of(error: ValidationError, schema: type[BaseModel], *, spelled: Mapping[str, str]) -> Iterator[Problem]:
    """The problems that pydantic found.

    Args:
        error: What it raised.
        schema: The table that it checked.
        spelled: Names of keys that the file spells in another way, to the file's spelling.
    """
    sections = _keys_by_place(schema)
    for item in error.errors(include_url=False):
        place = item["loc"]
        key = tuple(spelled.get(part, part) if isinstance(part, str) else part for part in place)
        if item["type"] == "extra_forbidden":
            yield Problem(key=key, message="is no key of a calibration file", hint=_nearest(place, sections))
        elif item["type"] == "missing":
            yield Problem(key=key, message="is missing")
        else:
            wanted, hint = _wanted(item["type"], item.get("ctx", {}), item["input"])
            yield Problem(key=key, message=f"is {_shown(item['input'])}: {wanted}", hint=hint)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_WANTED: Final = {
    "bool_type": "true or false is wanted",
    "int_type": "a whole number is wanted",
    "float_type": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "string_type": "a text is wanted",
    "string_too_short": "a text that is not empty is wanted",
    "list_type": "a list is wanted",
    "model_type": "a table is wanted",
    "model_attributes_type": "a table is wanted",
    "too_short": "a list that is not empty is wanted",
}


def _wanted(kind: str, context: Mapping[str, Any], value: Any) -> tuple[str, str]:
    """What is wanted instead, and a remedy."""
    if kind == "literal_error":
        valid = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        close = near_matches(value, valid, limit=1) if isinstance(value, str) else ()
        return f"one of {', '.join(valid)} is wanted", f"did you mean {close[0]!r}?" if close else ""
    if kind == "greater_than_equal":
        return f"a number from {context['ge']:g} is wanted", ""
    if kind == "less_than_equal":
        return f"a number up to {context['le']:g} is wanted", "0.9999 keeps all but one value in ten thousand"
    return _WANTED.get(kind, f"it does not fit ({kind})"), ""


def _nearest(place: Key, sections: Mapping[Key, Sequence[str]]) -> str:
    """The nearest key of the same table, else the table that has a key of that name, else all keys."""
    table = tuple(part for part in place[:-1] if isinstance(part, str))
    name, valid = str(place[-1]), sections.get(table, ())
    close = near_matches(name, valid, limit=2)
    owners = [path_of(other) or "the top level" for other, names in sections.items() if name in names]
    if owners:
        return f"it belongs to {owners[0]}"
    if close:
        return f"did you mean {' or '.join(repr(item) for item in close)}?"
    return f"the keys are {', '.join(valid)}"


def _keys_by_place(schema: type[BaseModel], place: Key = ()) -> dict[Key, Sequence[str]]:
    """Names of the keys of each table, by the table's place without indices."""
    found: dict[Key, Sequence[str]] = {place: tuple(schema.model_fields)}
    for name, field in schema.model_fields.items():
        for inner in _tables_in(field.annotation):
            found |= _keys_by_place(inner, (*place, name))
    return found


def _tables_in(annotation: Any) -> Iterable[type[BaseModel]]:
    """The tables that an annotation such as ``list[InputTable] | None`` mentions."""
    from typing import get_args

    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return [inner for part in get_args(annotation) for inner in _tables_in(part)]
