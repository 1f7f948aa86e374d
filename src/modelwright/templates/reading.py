"""Reads a template's file and the parts it names: rules of input folders and groups of settings.

A template file names its ``input`` rules and its groups of ``settings``, both files that many templates share;
``[changes.<setting>]`` gives a setting other values for this template, and ``[[own]]`` adds settings of its own.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from modelwright.errors import RecipeError, unknown_name
from modelwright.templates.template import Template

DATA: Final = Path(__file__).with_name("data")
_ALWAYS: Final = "running"
"""Group of settings that every template has."""


def read_template(path: Path, *, parts: Path = DATA) -> Template:
    """The template in a file.

    Args:
        path: The file.
        parts: The folder with ``inputs/`` and ``settings/``.

    Raises:
        RecipeError: The file is no TOML or does not hold a template.
        UnknownNameError: It names parts that are not there.
    """
    data = _toml(path)
    changes = data.pop("changes", {})
    groups = [*data.get("settings", []), _ALWAYS]
    settings = [item for group in groups for item in _part(parts / "settings", group, path)["settings"]]
    settings += data.pop("own", [])
    known = [item.get("id") for item in settings]
    for name in changes:
        if name not in known:
            raise unknown_name("setting", name, [str(item) for item in known], where=str(path))
    data["settings"] = [{**item, **changes.get(item.get("id"), {})} for item in settings]
    data["input"] = _part(parts / "inputs", data.get("input", ""), path)
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        raise _invalid(path, error) from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path} is no template: {error}", hint="a template is a TOML file") from None


def _part(folder: Path, name: str, where: Path) -> dict[str, Any]:
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise unknown_name(folder.name, name, [item.stem for item in folder.glob("*.toml")], where=str(where))
    return _parsed(path)


@functools.cache
def _parsed(path: Path) -> dict[str, Any]:
    """A part, read once for all templates that name it; nobody changes it."""
    return _toml(path)


def _invalid(path: Path, error: ValidationError) -> RecipeError:
    lines = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    return RecipeError(f"{path} is no template: {'; '.join(lines)}", hint="the files beside it show the form")
