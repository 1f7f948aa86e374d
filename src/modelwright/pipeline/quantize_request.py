"""Flags and keyword arguments about quantization as the recipe's section."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from modelwright.errors import UsageError
from modelwright.formats import split_list
from modelwright.pipeline.sections import QuantizeSection
from modelwright.quantize.config.file import CalibrationFile
from modelwright.quantize.config.load import load_config
from modelwright.quantize.settings import BITS
from modelwright.quantize.stored import plain_data

_PLAIN: Final = {
    "precision": "precision",
    "method": "method",
    "max_percentile": "max_percentile",
    "rules": "target",
    "finetune_level": "finetune",
    "min_cosine": "min_cosine",
    "max_drop": "max_drop",
    "max_float": "max_float",
    "fallback": "fallback",
    "labels": "labels",
}
"""Names that say a setting as it is."""

_LISTS: Final = {
    "ignore_op_types": "ignore_op_types",
    "ignore_op_names": "ignore_op_names",
    "truncate_at": "truncate_at",
}
_DATA: Final = {"samples": "batches", "batch_size": "batch_size"}
_INPUT: Final = {
    "color": "color",
    "mean": "mean",
    "std": "std",
    "preset": "preset",
    "preprocess": "function",
    "data_shape": "shape",
}
_ANSWERS: Final = (("fix", "fix", True), ("report", "report", True), ("no_report", "report", False))
_SHARES: Final = ("max_percentile", "min_cosine", "max_drop", "max_float")
_SECTION: Final = ("statistics", "save_statistics", "metric")
_LEVELS: Final = {
    0: ("int8", 0),
    1: ("int8", 1),
    2: ("int8", 2),
    3: ("dynamic", 0),
    4: ("float16", 0),
    100: ("float", 0),
}
"""Precision, and how much stays float, by ``precision_level`` of the calibration file."""

NAMES: Final = (
    *_PLAIN,
    *_LISTS,
    *_DATA,
    *_INPUT,
    *_SECTION,
    "precision_level",
    "data",
    "activations",
    "weights",
    "symmetric",
    "per_tensor",
    "block",
    "no_simplify",
    "fix",
    "report",
    "no_report",
)
"""All names that `quantize_section` knows."""


def quantize_section(said: Mapping[str, Any], config: CalibrationFile | None = None) -> dict[str, Any]:
    """The section as data.

    Args:
        said: Values by name, of `NAMES`; None, and False for a flag, mean not given. They go before the file's.
        config: A calibration file.

    Raises:
        UsageError: Values do not go together.
    """
    given = {name: value for name, value in said.items() if value is not None and value is not False}
    section: dict[str, Any] = {} if config is None else _of_config(config)
    settings: dict[str, Any] = section.setdefault("settings", {})
    settings |= {key: _plain(name, given[name]) for name, key in _PLAIN.items() if name in given}
    settings |= {key: _listed(given[name]) for name, key in _LISTS.items() if name in given}
    settings |= _level(given)
    settings |= _schemes(given)
    section |= {name: str(given[name]) for name in _SECTION if name in given}
    if given.get("no_simplify"):
        section["simplify"] = False
    if given.get("report") and given.get("no_report"):
        raise UsageError("--report and --no_report contradict each other", hint="say one of the two")
    section |= {name: value for flag, name, value in _ANSWERS if given.get(flag)}
    return section | _data(given, section.get("data"))


def flags_of(section: QuantizeSection) -> list[str]:
    """The flags that say a section, as far as flags do: what `quantize_section` makes a section of.

    Args:
        section: Of a recipe.
    """
    settings, data = section.settings or {}, section.data or {}
    said: dict[str, Any] = {}
    if section.search:
        entry = data["inputs"][0]
        said |= {"data": entry["path"]} | {name: entry[key] for name, key in _INPUT.items() if key in entry}
        said |= {name: data[key] for name, key in _DATA.items() if key in data}
    said |= {name: settings[key] for name, key in {**_PLAIN, **_LISTS}.items() if key in settings}
    said |= {"precision_level": settings["level"]} if settings.get("level") else {}
    said |= _scheme_flags(settings)
    said |= {name: value for name in ("statistics", "metric") if (value := getattr(section, name))}
    said |= {"no_simplify": section.simplify is False, "trust": bool({"preprocess", "metric"} & set(said))}
    return [word for name, value in said.items() if value is not False for word in _flag(name, value)]


def _scheme_flags(settings: Mapping[str, Any]) -> dict[str, Any]:
    activations, weights = settings.get("activations") or {}, settings.get("weights") or {}
    found: dict[str, Any] = {"activations": activations["dtype"]} if "dtype" in activations else {}
    found |= {"symmetric": True} if activations.get("symmetric") else {}
    found |= {"weights": weights["dtype"]} if "dtype" in weights else {}
    found |= {"per_tensor": True} if weights.get("per_channel") is False else {}
    return found | ({"block": weights["block"]} if weights.get("block") else {})


def _flag(name: str, value: Any) -> list[str]:
    if value is True:
        return [f"--{name}"]
    items = value if isinstance(value, list | tuple) else [value]
    return [f"--{name}", ",".join(f"{item:.12g}" if isinstance(item, float) else str(item) for item in items)]


def read_config(path: Path) -> CalibrationFile:
    """What a calibration file says.

    Raises:
        ConfigError: It is missing or wrong.
    """
    return load_config(path)


def result_path(said: str | PathLike[str] | None, config: CalibrationFile | None, model: Path) -> str:
    """Where the result goes: what was said, else what a calibration file wants, ``<working_dir>/<prefix>.onnx``.

    Raises:
        UsageError: Neither says it.
    """
    if said is not None:
        return fspath(said)
    if config is None:
        raise UsageError("no output is named", hint="give -o FILE")
    folder = model.parent if config.model.working_dir is None else Path(config.model.working_dir)
    return str(folder / f"{config.model.output_prefix or f'{model.stem}.q'}.onnx")


def _of_config(config: CalibrationFile) -> dict[str, Any]:
    section: dict[str, Any] = {"settings": plain_data(config.settings)}
    if config.data is not None:
        section["data"] = plain_data(config.data)
    if not config.report:
        section["report"] = False
    return section if config.model.simplify else {**section, "simplify": False}


def _plain(name: str, value: Any) -> Any:
    if name in _SHARES:
        return float(value)
    return fspath(value) if name == "labels" else value


def _listed(value: Any) -> list[str]:
    return list(split_list(value)) if isinstance(value, str) else list(value)


def _level(given: Mapping[str, Any]) -> dict[str, Any]:
    level = given.get("precision_level")
    if level is None:
        return {}
    if level not in _LEVELS:
        raise UsageError(f"precision_level is {level!r}", hint=f"one of {', '.join(map(str, _LEVELS))}")
    precision, rest = _LEVELS[level]
    if given.get("precision", precision) not in (precision, "int16"):
        raise UsageError(
            f"precision_level {level} means precision {precision}, not {given['precision']}", hint="say one of the two"
        )
    return {"level": rest, "precision": given.get("precision", precision)}


def _schemes(given: Mapping[str, Any]) -> dict[str, Any]:
    """How activations and weights become integers, where something is said of it."""
    found: dict[str, Any] = {}
    for name in ("activations", "weights"):
        dtype = given.get(name)
        if dtype is not None and dtype not in BITS:
            raise UsageError(f"--{name} is {dtype!r}", hint=f"one of {', '.join(BITS)}")
    if given.get("symmetric") and "activations" not in given:
        raise UsageError("--symmetric needs --activations", hint="say of which dtype: --activations int8 --symmetric")
    if "activations" in given:
        found["activations"] = {"dtype": given["activations"], "symmetric": bool(given.get("symmetric"))}
    if {"weights", "per_tensor", "block"} & set(given):
        found["weights"] = {
            "dtype": given.get("weights", "int8"),
            "per_channel": not given.get("per_tensor"),
            "block": int(given.get("block", 0)),
        }
    return found


def _data(given: Mapping[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Where the data are: those of the calibration file with what is said besides, or those that ``data`` names."""
    sizes = {key: int(given[name]) for name, key in _DATA.items() if name in given}
    entry = {key: given[name] for name, key in _INPUT.items() if name in given}
    if "data" in given:
        return {"data": {**sizes, "inputs": [{**entry, "path": str(given["data"])}]}, "search": True}
    if not sizes and not entry:
        return {}
    if before is None:
        raise UsageError(
            f"--{next(iter({**{n: 0 for n in _DATA if n in given}, **{n: 0 for n in _INPUT if n in given}}))} "
            "says something about data, but there are none",
            hint="name the data with --data, or give a calibration file with -c",
        )
    return {"data": {**before, **sizes, "inputs": [{**item, **entry} for item in before["inputs"]]}}
