"""The recipe's section on quantization: its settings as objects, and which of its texts are paths."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modelwright.errors import RecipeError
from modelwright.pipeline.sections import QuantizeSection

if TYPE_CHECKING:
    from modelwright.quantize.data.settings import DataSettings
    from modelwright.quantize.settings import QuantizeSettings

RULES: Final = {"tflite": "tflite", "tensorrt": "tensorrt", "ascend": "ascend"}
"""Placement rules by backend, where they are not ONNX Runtime's."""


def check_quantization(section: QuantizeSection) -> None:
    """Refuses a section that says nothing that could be done.

    Raises:
        RecipeError: Keys or values are wrong, or data are named without settings.
    """
    if section == QuantizeSection():
        return
    if section.config is not None:
        _check_config(section)
        return
    if section.settings is None:
        raise RecipeError("quantize has no settings", hint="add [quantize.settings]; an empty table takes all defaults")
    settings = quantize_settings(section, target=None)
    if section.metric is not None and (settings.max_drop is None or settings.labels is not None):
        raise RecipeError("a metric is of use only with a largest drop, and without labels", hint="add --max-drop 0.5%")
    data_settings(section)


def _check_config(section: QuantizeSection) -> None:
    """Settings and data come from the calibration file or from the section."""
    said = [name for name in ("settings", "data", "simplify") if getattr(section, name) is not None]
    if said:
        names = ", ".join(f"quantize.{name}" for name in said)
        raise RecipeError(f"quantize.config is given beside {names}", hint="a calibration file says these itself")


def quantize_settings(section: QuantizeSection, *, target: str | None) -> QuantizeSettings:
    """What is asked of quantization.

    Args:
        section: The section.
        target: The backend that writes the result, for the rules if the section names none.

    Raises:
        RecipeError: Keys or values are wrong.
    """
    from modelwright.quantize.settings import QuantizeSettings
    from modelwright.quantize.stored import from_plain

    said = section.settings or {}
    rules = RULES.get(target or "")
    default = {} if rules is None else {"target": rules}
    return from_plain(QuantizeSettings, {**default, **said}, where="quantize.settings")


def data_settings(section: QuantizeSection) -> DataSettings | None:
    """Where calibration data are, or None.

    Raises:
        RecipeError: Keys or values are wrong.
    """
    from modelwright.quantize.data.settings import DataSettings
    from modelwright.quantize.stored import from_plain

    return None if section.data is None else from_plain(DataSettings, section.data, where="quantize.data")


def paths_of_quantization(section: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Tables and keys of all paths in a section that was made data."""
    found = [(section, key) for key in ("config", "statistics", "save_statistics", "metric")]
    found += [(section["settings"], "labels")] if section.get("settings") else []
    inputs: list[dict[str, Any]] = (section.get("data") or {}).get("inputs", [])
    return found + [(entry, key) for entry in inputs for key in ("path", "function")]


def without_places(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data settings with the names of their files only."""
    inputs = [
        {key: Path(value).name if key in ("path", "function") else value for key, value in entry.items()}
        for entry in data.get("inputs", [])
    ]
    return {**data, "inputs": inputs}
