"""Flags and keyword arguments as a recipe: the one place that knows which setting belongs to which section."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.interpreters import interpreters
from modelwright.pipeline.recipe import Recipe, parse_recipe

_SECTIONS: dict[str, tuple[str, str]] = {
    "target": ("output", "target"),
    "opset": ("output", "opset"),
    "onnxsim": ("optimize", "enabled"),
    "reference": ("verify", "reference"),
    "rtol": ("verify", "rtol"),
    "atol": ("verify", "atol"),
    "seed": ("verify", "seed"),
    "layers": ("verify", "layers"),
}

_BACKEND_OPTIONS = {
    "large_model": "external_data",
    "external_filename": "external_filename",
}
"""Settings that are options of the ONNX backend, with their names there."""


def build_recipe(
    source: str | PathLike[str],
    output: str | PathLike[str],
    settings: Mapping[str, Any],
    *,
    source_format: str | None = None,
    target_options: Mapping[str, Any] | None = None,
    quantize: Mapping[str, Any] | None = None,
) -> Recipe:
    """The recipe for a source, an output and settings by name.

    Args:
        source: Path of the model.
        output: Path of the artifact.
        settings: Values by the long flag's name with underscores; None, and False for a flag, mean not given.
        source_format: The source's format; None detects it.
        target_options: Values of options of the target by name; None, and False for a flag, mean not given.
        quantize: The section on quantization as data; None for none.

    Raises:
        ModelNotFoundError: There is no source.
        ModelFormatError: Its format is not recognized.
        RecipeError: A setting does not apply to this format.
        UsageError: A setting is malformed.
    """
    found = source_format or detect_format(Path(source)).value
    sections: dict[str, dict[str, Any]] = {
        "source": {"path": fspath(source), "format": found},
        "options": {},
        "output": {"path": fspath(output), "options": _given(target_options or {})},
        "optimize": {},
        "quantize": dict(quantize or {}),
        "verify": {},
    }
    places = _SECTIONS | {item.name: ("verify", item.name) for item in interpreters()}
    for name, value in _given(settings).items():
        if name in _BACKEND_OPTIONS:
            sections["output"]["options"][_BACKEND_OPTIONS[name]] = value
        elif name == "no_verify":
            sections["verify"]["enabled"] = False
        elif name in places:
            section, key = places[name]
            sections[section][key] = value
        else:
            sections["options"][name] = value
    return parse_recipe(sections, where="the request")


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, paths as texts."""
    return {
        name: fspath(value) if isinstance(value, PathLike) else value
        for name, value in settings.items()
        if value is not None and value is not False
    }
