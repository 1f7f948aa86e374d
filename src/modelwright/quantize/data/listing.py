"""Which files are calibration data: those that a list names, or those in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from modelwright.errors import CalibrationDataError
from modelwright.quantize.data.settings import FileType

_SHOWN: Final = 5
SUFFIXES: Final = {
    FileType.IMAGE: (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".gif"),
    FileType.NPY: (".npy",),
    FileType.NPZ: (".npz",),
    FileType.RAW: (".raw", ".bin"),
}
"""Suffixes of the files of each type that a folder is searched for."""


def listed_files(path: Path, file_type: FileType) -> tuple[Path, ...]:
    """The data files, in the list's order or, in a folder, by their paths.

    Args:
        path: A text list with a path in each line (relative to the list's folder; empty lines do not count), a folder,
            which is searched with the folders in it, or a single data file.
        file_type: What files to look for in a folder.

    Raises:
        CalibrationDataError: There is nothing, the list cannot be read, or it names files that are not there.
    """
    if path.is_dir():
        return _in_folder(path, file_type)
    if not path.exists():
        hint = "give a text list of files, a folder or an .npz"
        raise CalibrationDataError(f"there is no calibration data at {path}", hint=hint)
    if path.suffix.lower() in SUFFIXES[file_type]:
        return (path,)
    return _in_list(path)


def _in_folder(folder: Path, file_type: FileType) -> tuple[Path, ...]:
    wanted = SUFFIXES[file_type]
    found = [path for path in _walk(folder) if path.suffix.lower() in wanted]
    if not found:
        others = sorted({path.suffix.lower() or "(no suffix)" for path in _walk(folder)})
        held = f"it holds {', '.join(others[:_SHOWN])} files" if others else "it is empty"
        raise CalibrationDataError(
            f"{folder}: no {file_type.value} files in this folder", hint=f"{held}; wanted are {', '.join(wanted)}"
        )
    return tuple(found)


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder, by their paths; hidden ones do not count."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def _in_list(path: Path) -> tuple[Path, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        kind = type_of(path)
        hint = "a text file with one path in each line is wanted" + (f", or file_type {kind}" if kind else "")
        raise CalibrationDataError(f"{path} is no text list of files", hint=hint) from None
    except OSError as error:
        raise CalibrationDataError(f"{path} cannot be read: {error.strerror or error}") from None
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not numbered:
        raise CalibrationDataError(f"{path} names no files", hint="write one path of a sample in each line")
    files = [(number, path.parent / Path(line).expanduser()) for number, line in numbered]
    missing = [f"line {number}: {file}" for number, file in files if not file.is_file()]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise CalibrationDataError(
            f"{path} names {len(missing)} of {len(files)} files that are not there: "
            f"{', '.join(missing[:_SHOWN])}{more}",
            hint="relative paths are relative to the list's folder",
        )
    return tuple(file for _, file in files)


def type_of(path: Path) -> FileType | None:
    """What a file holds, by its suffix; None for an unknown one."""
    return next((kind for kind, suffixes in SUFFIXES.items() if path.suffix.lower() in suffixes), None)


def types_in(folder: Path) -> tuple[FileType, ...]:
    """The types of data files in a folder and the folders in it."""
    found = {type_of(path) for path in _walk(folder)}
    return tuple(kind for kind in FileType if kind in found)


def spread(count: int, wanted: int) -> tuple[int, ...]:
    """Indices of ``wanted`` of ``count`` things, evenly apart, so that every class folder is seen."""
    if wanted >= count:
        return tuple(range(count))
    return tuple(index * count // wanted for index in range(wanted))
