"""The recipe: everything that determines a result, as data that a file can hold.

A recipe file is TOML or JSON; a report is one too, for it holds the recipe. Relative paths in a file are relative to
the file's folder. Unknown keys are errors that name the nearest valid key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from modelwright.backends.manifests import BackendManifest, backend_for, backend_named, backends
from modelwright.errors import ModelNotFoundError, RecipeError
from modelwright.formats import Format
from modelwright.frontends.manifest import frontend_for, frontends, known_formats
from modelwright.options import Option, OptionKind
from modelwright.pipeline.interpreters import interpreters
from modelwright.pipeline.locations import absolute, portable
from modelwright.pipeline.options import nearest_hint, settle_options
from modelwright.pipeline.quantize_section import check_quantization, paths_of_quantization
from modelwright.pipeline.sections import (
    OptimizeSection,
    OutputSection,
    QuantizeSection,
    SourceSection,
    VerifySection,
    parse_sections,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A conversion as data; ``options`` are those of the frontend that reads the source."""

    source: SourceSection
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    output: OutputSection
    optimize: OptimizeSection
    quantize: QuantizeSection = field(default_factory=QuantizeSection)
    verify: VerifySection

    def data(self) -> dict[str, Any]:
        """The recipe as plain data, without what was not said."""
        sections = asdict(self)
        verify = sections["verify"]
        verify |= verify.pop("interpreters")
        return {"version": 1} | {name: _said(section) for name, section in sections.items()}

    def located(self, folder: Path) -> Recipe:
        """The recipe with its relative paths taken as relative to ``folder``."""
        return self._with_paths(lambda path: absolute(path, folder))

    def portable(self, folder: Path) -> dict[str, Any]:
        """The recipe as data for a file in ``folder``; see ``modelwright.pipeline.locations``."""
        return self._with_paths(lambda path: portable(path, folder)).data()

    def _with_paths(self, change: Callable[[str], str]) -> Recipe:
        data = self.data()
        places = [(data[section], key) for section, key in _path_keys()]
        places += [(data["output"]["options"], key) for key in _path_options(item.options for item in backends())]
        places += paths_of_quantization(data["quantize"])
        for section, key in places:
            value = section.get(key)
            if isinstance(value, list):
                section[key] = [change(item) for item in value]
            elif value is not None:
                section[key] = change(value)
        return _recipe(data, "the recipe")


def _said(section: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if value is not None}


def _path_keys() -> Iterator[tuple[str, str]]:
    yield from (("source", "path"), ("output", "path"), ("verify", "reference"))
    yield from (("verify", item.name) for item in interpreters())
    yield from (("options", key) for key in _path_options(item.options for item in frontends()))


def _path_options(groups: Iterable[Iterable[Option]]) -> list[str]:
    """Names of the options whose values are paths, each once."""
    return list(dict.fromkeys(option.name for group in groups for option in group if option.kind in _PATHS))


_PATHS = (OptionKind.NEW_FILE, OptionKind.FILES, OptionKind.FILE)


def parse_recipe(data: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Checks data and makes it a recipe.

    Args:
        data: Sections as read from a file.
        where: What to call it in messages.

    Raises:
        RecipeError: Unknown keys, missing keys or wrong types; all of them are named.
    """
    recipe = _with_target_options(_recipe(data, where))
    check_quantization(recipe.quantize)
    if recipe.source.format is None:
        return recipe
    names = [item.value for item in known_formats()]
    if recipe.source.format not in names:
        hint = nearest_hint(recipe.source.format, names, "the formats are")
        raise RecipeError(
            f"{where}: source.format is {recipe.source.format!r}, which is no format read here", hint=hint
        )
    frontend = frontend_for(Format(recipe.source.format))
    options = settle_options(frontend.options, recipe.options, of=f"{frontend.label} models")
    return replace(recipe, options=options)


def target_of(recipe: Recipe) -> BackendManifest:
    """The backend that the recipe names, else that its output's suffix means.

    Raises:
        UnknownNameError: There is no such target.
        UsageError: The output's suffix is no backend's.
    """
    named = recipe.output.target
    return backend_for(Path(recipe.output.path)) if named is None else backend_named(named)


def target_python(recipe: Recipe, backend: BackendManifest) -> Path | None:
    """The interpreter that makes and runs a backend's artifacts: what the recipe names, else the environment.

    Raises:
        ToolMissingError: One is named that does not exist.
    """
    if backend.interpreter is None:
        return None
    named = recipe.verify.interpreter(backend.interpreter.name)
    return backend.interpreter.find(None if named is None else Path(named))


def _with_target_options(recipe: Recipe) -> Recipe:
    """The recipe with the options of its target checked and in their stored form."""
    if not recipe.output.options:
        return recipe
    backend = target_of(recipe)
    options = settle_options(backend.options, recipe.output.options, of=f"the target {backend.label}")
    return replace(recipe, output=replace(recipe.output, options=options))


def _recipe(data: Mapping[str, Any], where: str) -> Recipe:
    sections, problems = parse_sections(data, where)
    if problems:
        raise RecipeError("; ".join(message for message, _ in problems), hint=problems[0][1])
    return Recipe(options=dict(data.get("options", {})), **sections)


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
    import tomllib

    try:
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise RecipeError(f"{path} is not valid {kind}: {error}", hint="recipes are .toml or .json files") from None
