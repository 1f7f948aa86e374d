"""From a template, an input folder and values to the recipe that they make."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelwright.pipeline.recipe import Recipe, parse_recipe
from modelwright.templates.folder import Found
from modelwright.templates.shapes import batched, compiler_shapes, joined, named_shapes
from modelwright.templates.template import Form, Put, Setting, Template
from modelwright.templates.values import typed

ARTIFACT: Final = "artifact"
_ORDER: Final = {Form.PLAIN: 0, Form.COMPILER_SHAPES: 0, Form.NAMED_SHAPES: 1, Form.BATCH: 2}
"""Names come first, then the shapes that join them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make a recipe of.

    Attributes:
        template: The template.
        folder: The input folder.
        output: The output folder.
        found: What the input folder holds.
        values: The values of all settings.
        interpreters: Interpreters that run sources and artifacts, by their keys in a recipe.
    """

    template: Template
    folder: Path
    output: Path
    found: Found
    values: Mapping[str, str]
    interpreters: Mapping[str, str]

    @property
    def source(self) -> Path:
        """The model's file or folder."""
        return self.folder / self.found.source(self.template.input.source)


def build_recipe(order: Order) -> Recipe:
    """The recipe.

    Raises:
        UserError: A value does not fit the model.
    """
    template = order.template
    data: dict[str, Any] = copy.deepcopy(template.recipe)
    data[ARTIFACT] = template.artifact
    _set(data, "source.path", str(order.source))
    _set(data, "output.target", template.target)
    for rule in template.input.files:
        files = order.found.files.get(rule.role, ())
        if rule.put and files:
            _set(data, rule.put, str(order.folder / files[0]))
        if rule.calibrates and files:
            _set(data, "quantize.data.inputs", [{"path": str(order.folder / files[0].partition("/")[0])}])
            _set(data, "quantize.search", True)
            _set(data, "quantize.settings", {})
    for put, setting in _puts(order):
        _put(data, put, setting, order)
    for name, path in order.interpreters.items():
        _set(data, f"verify.{name}", path)
    stem = order.found.stem(template.input.source)
    _set(data, "output.path", str(order.output / data.pop(ARTIFACT).format(stem=stem)))
    return parse_recipe(data, where=template.name)


def _puts(order: Order) -> list[tuple[Put, Setting]]:
    """What is put, names before the shapes that join them."""
    values = order.values
    found = [
        (put, setting)
        for setting in order.template.settings
        if values.get(setting.id)
        for put in setting.puts
        if all(values.get(name) == wanted for name, wanted in put.when.items())
    ]
    return sorted(found, key=lambda item: _ORDER[item[0].form])


def _put(data: dict[str, Any], put: Put, setting: Setting, order: Order) -> None:
    value = order.values[setting.id]
    match put.form:
        case Form.COMPILER_SHAPES:
            found: Any = compiler_shapes(value)
        case Form.NAMED_SHAPES:
            found = joined(_get(data, put.at), named_shapes(value))
        case Form.BATCH:
            signature = data.get("options", {}).get("signature_def")
            found = batched(_get(data, put.at), int(value), order.source, signature)
        case Form.PLAIN:
            found = typed(setting, value) if put.value is None else put.value
    _set(data, put.at, ",".join(found) if put.joined else found)


def _get(data: Mapping[str, Any], key: str) -> list[str]:
    found: Any = data
    for part in key.split("."):
        found = found.get(part, {})
    return found if isinstance(found, list) else []


def _set(data: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        data = data.setdefault(section, {})
    data[last] = value
