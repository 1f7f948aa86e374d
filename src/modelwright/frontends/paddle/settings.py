"""``inference.yml``: what the exporters of PaddleOCR, PaddleClas and PaddleDetection say about a model's input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modelwright.errors import ModelFormatError
from modelwright.frontends.paddle.yaml import YamlError, parse_yaml

_MOST_BYTES: Final = 8 << 20
_STEPS: Final = ("PreProcess", "Preprocess")
_CHARACTERS: Final = "character_dict"


def read_settings(path: Path) -> dict[str, Any]:
    """The facts worth showing: the model's name, its steps before inference, shapes it is tuned for, labels.

    Raises:
        ModelFormatError: The file is not YAML as exporters write it.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise ModelFormatError(f"{path}: larger than settings are", hint="remove it: it is not needed to convert")
    try:
        found = parse_yaml(path.read_text(encoding="utf-8"))
    except (YamlError, UnicodeDecodeError) as error:
        raise ModelFormatError(f"{path}: {error}", hint="remove it: it is not needed to convert") from None
    if not isinstance(found, dict):
        return {}
    facts: dict[str, Any] = {
        "model_name": _at(found, "Global", "model_name") or found.get("arch"),
        "preprocessing": _preprocessing(found),
        "input_shapes": _input_shapes(found),
        "labels": len(_labels(found)),
    }
    return {name: value for name, value in facts.items() if value}


def _at(found: Any, *keys: str) -> Any:
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _preprocessing(found: Mapping[str, Any]) -> list[str]:
    """Names of the steps with their settings: ``NormalizeImage(mean=[0.5, 0.5, 0.5])``."""
    steps = next((found[key] for key in _STEPS if key in found), None)
    items = steps.get("transform_ops") if isinstance(steps, Mapping) else steps
    if not isinstance(items, list):
        return []
    shown: list[str] = []
    for item in items:
        if not isinstance(item, Mapping):
            shown.append(str(item))
        elif "type" in item:
            shown.append(_step(str(item["type"]), {key: value for key, value in item.items() if key != "type"}))
        else:
            shown.extend(_step(str(name), settings) for name, settings in item.items())
    return shown


def _step(name: str, settings: Any) -> str:
    if not isinstance(settings, Mapping):
        return name
    return f"{name}({', '.join(f'{key}={value}' for key, value in settings.items())})"


def _input_shapes(found: Mapping[str, Any]) -> dict[str, Any]:
    """Smallest, usual and largest shape of each input, as the exporter states them for TensorRT."""
    shapes = _at(found, "Hpi", "backend_configs", "paddle_infer", "trt_dynamic_shapes")
    return dict(shapes) if isinstance(shapes, Mapping) else {}


def _labels(found: Mapping[str, Any]) -> list[Any]:
    places = (("label_list",), ("PostProcess", _CHARACTERS), ("PostProcess", "Topk", "label_list"))
    return next((item for place in places if isinstance(item := _at(found, *place), list)), [])
