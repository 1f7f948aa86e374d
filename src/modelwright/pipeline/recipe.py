"""The recipe: everything that determines a result, as data that a file can hold.

A recipe file is TOML or JSON; a report is one too, for it holds the recipe. Relative paths in a file are relative to
the file's folder. Unknown keys are errors that name the nearest valid key.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from modelwright.errors import ModelNotFoundError, RecipeError
from modelwright.formats import Format
from modelwright.frontends.manifest import OptionKind, frontend_for, frontends, interpreters, known_formats
from modelwright.pipeline.locations import absolute, portable
from modelwright.pipeline.options import nearest_hint, settle_options
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceSection(_Section):
    """Where the model is.

    Attributes:
        path: File or folder.
        format: Its format, one of ``known_formats()``; None detects it.
    """

    path: str = Field(min_length=1)
    format: str | None = None


class OutputSection(_Section):
    """What is written.

    Attributes:
        path: The artifact's file.
        target: The backend's name; None takes it from the path's suffix.
        opset: Version of ONNX's default domain; None leaves it to the frontend.
        options: Options of the backend.
    """

    path: str = Field(min_length=1)
    target: str | None = None
    opset: int | None = None
    options: dict[str, bool | int | str] = Field(default_factory=dict[str, bool | int | str])


class OptimizeSection(_Section):
    """Whether the graph is optimized; None leaves it to the frontend."""

    enabled: bool | None = None


class VerifySection(_Section):
    """How the result is compared with the source.

    Attributes:
        enabled: Whether it is run and compared at all; None means yes.
        reference: An ``.npz`` with ``in:<name>`` and ``out:<name>``.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        seed: Seed of random inputs.

    Further keys name interpreters that run sources, as the frontends declare them (``tf_python``, ...).
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    enabled: bool | None = None
    reference: str | None = None
    rtol: float = Field(default=DEFAULT_RTOL, ge=0, allow_inf_nan=False)
    atol: float = Field(default=DEFAULT_ATOL, ge=0, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _only_interpreters(self) -> Self:
        """Other keys than interpreters' are unknown; these are texts."""
        known = {item.name for item in interpreters()}
        problems = [
            InitErrorDetails(type="string_type" if name in known else "extra_forbidden", loc=(name,), input=value)
            for name, value in (self.__pydantic_extra__ or {}).items()
            if name not in known or not isinstance(value, str | None)
        ]
        if problems:
            raise ValidationError.from_exception_data("verify", problems)
        return self

    def interpreter(self, name: str) -> str | None:
        """The interpreter that the user named, by its key, or None."""
        return (self.__pydantic_extra__ or {}).get(name)


class Recipe(_Section):
    """A conversion as data; ``options`` are those of the frontend that reads the source."""

    version: Literal[1] = 1
    source: SourceSection
    options: dict[str, Any] = Field(default_factory=dict[str, Any])
    output: OutputSection
    optimize: OptimizeSection = OptimizeSection()
    verify: VerifySection = VerifySection()

    def data(self) -> dict[str, Any]:
        """The recipe as plain data, without what was not said."""
        return self.model_dump(exclude_none=True)

    def located(self, folder: Path) -> Recipe:
        """The recipe with its relative paths taken as relative to ``folder``."""
        return self._with_paths(lambda path: absolute(path, folder))

    def portable(self, folder: Path) -> dict[str, Any]:
        """The recipe as data for a file in ``folder``; see ``modelwright.pipeline.locations``."""
        return self._with_paths(lambda path: portable(path, folder)).data()

    def _with_paths(self, change: Callable[[str], str]) -> Recipe:
        data = self.model_dump()
        for section, key in _path_keys():
            value = data[section].get(key)
            if isinstance(value, list):
                data[section][key] = [change(item) for item in value]
            elif value is not None:
                data[section][key] = change(value)
        return Recipe.model_validate(data)


def _path_keys() -> Iterator[tuple[str, str]]:
    yield from (("source", "path"), ("output", "path"), ("verify", "reference"))
    yield from (("verify", item.name) for item in interpreters())
    for frontend in frontends():
        yield from (("options", option.name) for option in frontend.options if option.kind in _PATHS)


_PATHS = (OptionKind.NEW_FILE, OptionKind.FILES)


def parse_recipe(data: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Checks data and makes it a recipe.

    Args:
        data: Sections as read from a file.
        where: What to call it in messages.

    Raises:
        RecipeError: Unknown keys, missing keys or wrong types; all of them are named.
    """
    try:
        recipe = Recipe.model_validate(dict(data))
    except ValidationError as error:
        problems = [_describe_problem(item, where) for item in error.errors()]
        raise RecipeError("; ".join(message for message, _ in problems), hint=problems[0][1]) from None
    if recipe.source.format is None:
        return recipe
    names = [item.value for item in known_formats()]
    if recipe.source.format not in names:
        hint = nearest_hint(recipe.source.format, names, "the formats are")
        raise RecipeError(
            f"{where}: source.format is {recipe.source.format!r}, which is no format read here", hint=hint
        )
    frontend = frontend_for(Format(recipe.source.format))
    return recipe.model_copy(update={"options": settle_options(frontend, recipe.options)})


def load_recipe(path: Path) -> tuple[Recipe, dict[str, Any] | None]:
    """The recipe that a TOML file, a JSON file or a report holds, its paths located, and the report if it is one.

    Raises:
        ModelNotFoundError: There is no such file.
        RecipeError: The file is not TOML or JSON, or holds no valid recipe.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelNotFoundError(f"no recipe at {path}", hint="give a recipe.toml, .json or a .report.json") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}") from None
    data = _parse_text(path, text)
    if not isinstance(data, dict):
        raise RecipeError(f"{path} holds no recipe", hint="the file's top level must be a table")
    report = data if isinstance(data.get("recipe"), dict) else None
    recipe = parse_recipe(data["recipe"] if report else data, where=str(path))
    return recipe.located(path.parent), report


def _parse_text(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except ValueError as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise RecipeError(f"{path} is not valid {kind}: {error}", hint="recipes are .toml or .json files") from None


def _describe_problem(item: Any, where: str) -> tuple[str, str]:
    """Message and hint for one of pydantic's findings."""
    location = [str(part) for part in item["loc"]]
    key = ".".join(location)
    if item["type"] == "extra_forbidden":
        section = _SECTIONS.get(location[0], Recipe) if len(location) > 1 else Recipe
        further = [item.name for item in interpreters()] if section is VerifySection else []
        hint = nearest_hint(location[-1], [*section.model_fields, *further], "the keys are")
        return f"{where}: unknown key {key!r}", hint
    if item["type"] == "missing":
        return f"{where}: the key {key!r} is missing", "every recipe has [source] path and [output] path"
    return f"{where}: {key} is {item['input']!r}: {item['msg']}", "correct the value"


_SECTIONS: dict[str, type[BaseModel]] = {
    "source": SourceSection,
    "output": OutputSection,
    "optimize": OptimizeSection,
    "verify": VerifySection,
}
