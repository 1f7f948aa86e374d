"""Reads a calibration file: JSON or TOML, either spelling of its keys, checked as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelwright.errors import ConfigError
from modelwright.quantize.config.file import CalibrationFile
from modelwright.quantize.config.problems import Problem, config_error, problems_of

_CALIBRATION = "calibration_parameters"
_OLD, _NEW = "input_parametres", "input_parameters"


def load_config(path: Path) -> CalibrationFile:
    """What a calibration file says.

    Args:
        path: The file: ``.toml`` is TOML, anything else JSON.

    Raises:
        ConfigError: There is no such file, it is not JSON or TOML, or its keys are wrong; all of them are named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"there is no calibration file {path}", hint="give the path of a .json or .toml") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"{path} cannot be read: {reason}", hint="give a .json or .toml file") from None
    data = _parsed(path, text)
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: its top level is no table", hint="it holds model_parameters and further tables")
    return parse_config(data, folder=path.absolute().parent, where=str(path))


def _parsed(path: Path, text: str) -> Any:
    if path.suffix.lower() == ".toml":
        import tomllib

        try:
            return tomllib.loads(text)
        except ValueError as error:
            raise ConfigError(f"{path} is not valid TOML: {error}") from None
    twice: list[Problem] = []
    try:
        data = json.loads(text, object_pairs_hook=lambda pairs: _table(pairs, twice))
    except (ValueError, RecursionError) as error:
        hint = "JSON has no comments and no comma after the last item"
        raise ConfigError(f"{path} is not valid JSON: {error}", hint=hint) from None
    if twice:
        raise config_error(str(path), twice)
    return data


def _table(pairs: Sequence[tuple[str, Any]], twice: list[Problem]) -> dict[str, Any]:
    """A table of JSON; keys that it has twice are noted."""
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            twice.append(Problem(key=(key,), message="stands twice in the same table", hint="keep one of the two"))
        table[key] = value
    return table


def parse_config(data: Mapping[str, Any], *, folder: Path, where: str) -> CalibrationFile:
    """What the data of a calibration file say.

    Args:
        data: Its tables.
        folder: What relative paths are relative to; one that is not there is looked for in the working directory.
        where: What to call the data in messages.

    Raises:
        ConfigError: Keys are unknown, missing or wrong, or what they name is not there; all of them are named.
    """
    from pydantic import ValidationError

    from modelwright.quantize.config.schema import FileTable
    from modelwright.quantize.config.translate import Translation

    table, spelled = _respelled(data, where)
    try:
        checked = FileTable.model_validate(table)
    except ValidationError as error:
        raise config_error(where, tuple(problems_of(error, FileTable, spelled=spelled))) from None
    translation = Translation(checked, folder=folder, spelled=spelled)
    found = translation.file()
    if translation.problems:
        raise config_error(where, translation.problems)
    return found


def _respelled(data: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The data with the newer spelling of the inputs' key, and what is spelled otherwise."""
    table, inner = dict(data), data.get(_CALIBRATION)
    if not isinstance(inner, dict) or _OLD not in inner:
        return table, {}
    if _NEW in inner:
        message = f"is there beside {_NEW}, which is the same key"
        raise config_error(where, [Problem(key=(_CALIBRATION, _OLD), message=message, hint="keep one of the two")])
    table[_CALIBRATION] = {_NEW if key == _OLD else key: value for key, value in inner.items()}
    return table, {_NEW: _OLD}
