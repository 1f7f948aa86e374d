"""The catalogue: every template file of the folder, found by walking it, and how one searches in it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from modelwright.errors import UnknownNameError, near_matches, unknown_name
from modelwright.templates.reading import DATA, read_template
from modelwright.templates.template import Origin, Template

_ALIASES: Final = {"tf_serving": "saved_model", "om": "ascend", "trt": "tensorrt", "nvidia": "gpu"}
"""Other words for filters."""


@functools.cache
def templates() -> tuple[Template, ...]:
    """All templates: first those that ModelArts had, then ours, each by name."""
    found = [read_template(path) for path in sorted((DATA / "catalogue").glob("*.toml"))]
    return tuple(sorted(found, key=lambda item: (item.origin is Origin.OWN, item.name.lower())))


def template_named(name: str) -> Template:
    """The template of that name, in any case.

    Raises:
        UnknownNameError: There is none.
    """
    for template in templates():
        if template.name.lower() == name.lower():
            return template
    names = [template.name for template in templates()]
    close = ", ".join(repr(item) for item in near_matches(name, names, limit=3))
    hint = f"{f'did you mean {close}? ' if close else ''}`modelwright templates` lists all"
    raise UnknownNameError(f"no template named {name!r}", hint=hint)


def find_templates(
    *, chip: str | None = None, framework: str | None = None, model_format: str | None = None, search: str | None = None
) -> tuple[Template, ...]:
    """The templates that fit all that is given.

    Args:
        chip: ``ascend``, ``arm``, ``gpu`` or ``general``.
        framework: The framework's name.
        model_format: The model's file format.
        search: Words that must all be in the name, the description (in either language) or the other fields.

    Raises:
        UnknownNameError: No template at all has this chip, framework or format.
    """
    wanted = {"chip": chip, "framework": framework, "format": model_format}
    found = list(templates())
    for field, value in wanted.items():
        if value is not None:
            known = _known(field, value)
            found = [item for item in found if getattr(item, field).lower() == known]
    words = (search or "").lower().split()
    return tuple(item for item in found if all(word in _text(item) for word in words))


def facets(found: Iterable[Template]) -> dict[str, list[str]]:
    """The values that the filters can have among these templates."""
    items = list(found)
    return {
        field: sorted({str(getattr(item, field)) for item in items})
        for field in ("chip", "framework", "format", "result")
    }


def _known(field: str, value: str) -> str:
    known = {str(getattr(item, field)).lower() for item in templates()}
    wanted = value.lower()
    for spelling in (wanted, _ALIASES.get(wanted, wanted)):
        if spelling in known:
            return spelling
    raise unknown_name(field, value, known, where="the templates")


def _text(item: Template) -> str:
    parts = (item.name, item.description.en, item.description.zh, item.chip, item.framework, item.format, item.result)
    return " ".join(parts).lower()
