"""The file of gears that targets take: ``{"version": 1, "gears": [[736, 1280], ...], "uses": [12, ...], ...}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.gears.choose import Chosen
from modelwright.gears.observed import Sizes
from modelwright.hub.io_atomic import output_errors

VERSION: Final = 1


def write_gears(path: Path, chosen: Chosen, facts: Mapping[str, Any]) -> None:
    """Writes a file of gears.

    Args:
        path: The file.
        chosen: The gears.
        facts: How they were chosen, kept beside them.

    Raises:
        OutputError: It cannot be written.
    """
    document = {
        "version": VERSION,
        "gears": [list(gear) for gear in chosen.gears],
        "uses": list(chosen.uses),
        **facts,
    }
    part = path.with_name(f".{path.name}.part")
    with output_errors(path):
        part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        part.replace(path)


def read_gears_file(path: Path) -> tuple[Sizes, ...]:
    """The gears of a file.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is no file of gears.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
    except ValueError as error:
        raise _no_gears(path, str(error)) from error
    found: Any = cast("dict[str, Any]", document).get("gears") if isinstance(document, dict) else None
    if not isinstance(found, list) or not found:
        raise _no_gears(path, 'it has no "gears"')
    gears = tuple(_gear(path, item) for item in cast("list[Any]", found))
    if len({len(gear) for gear in gears}) != 1:
        raise _no_gears(path, "gears have different numbers of sizes")
    return gears


def _gear(path: Path, item: Any) -> Sizes:
    sizes = cast("list[Any]", item) if isinstance(item, list) else []
    if not sizes or any(not isinstance(size, int) or isinstance(size, bool) or size < 1 for size in sizes):
        raise _no_gears(path, f"{item!r} is no gear")
    return tuple(sizes)


def _no_gears(path: Path, reason: str) -> ModelFormatError:
    return ModelFormatError(f"{path} is no file of gears: {reason}", hint="`modelwright gears` writes such files")
