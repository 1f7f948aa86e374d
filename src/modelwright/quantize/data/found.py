"""What ``--data PATH`` means: the data settings for an archive, a list or a folder of which nothing else is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from modelwright.errors import CalibrationDataError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.listing import SUFFIXES, listed_files, type_of, types_in
from modelwright.quantize.data.settings import DataSettings, FileType, InputData

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where one input's data are, and what they are."""

    path: Path
    file_type: FileType


def find_data(path: Path, specs: Sequence[TensorSpec], *, like: InputData, settings: DataSettings) -> DataSettings:
    """The data settings for a path.

    An ``.npz``, or a list or folder of them, has an array for each input. Other files are the samples of the only
    input. Of several inputs each has a folder of its own in the folder, called as the input (with ``_`` for what file
    names do not hold).

    Args:
        path: An ``.npz``, a data file, a text list of files, or a folder.
        specs: The model's inputs.
        like: What is said of images: colours, means, preset, function; its path and name do not matter.
        settings: Batches and batch size; its inputs do not matter.

    Raises:
        CalibrationDataError: There is nothing there, or it cannot be told which data are for which input.
    """
    if not path.exists():
        raise CalibrationDataError(f"there is no calibration data at {path}", hint="give a folder, a list or an .npz")
    places = _places(path, specs)
    inputs = [replace(like, path=str(item.path), name=name, file_type=item.file_type) for name, item in places.items()]
    return replace(settings, inputs=tuple(inputs))


def _places(path: Path, specs: Sequence[TensorSpec]) -> dict[str, Found]:
    names = [spec.name for spec in specs]
    folders = {name: path / _UNSAFE.sub("_", name) for name in names}
    if path.is_dir() and all(folder.is_dir() for folder in folders.values()):
        return {name: Found(path=folder, file_type=_type_at(folder)) for name, folder in folders.items()}
    found = Found(path=path, file_type=_type_at(path))
    if found.file_type is FileType.NPZ or len(names) == 1:
        return dict.fromkeys(names, found)
    raise CalibrationDataError(
        f"the model has {len(names)} inputs ({', '.join(names)}): it cannot be told which {path} is for",
        hint=f"give an .npz with an array for each, or folders {', '.join(folder.name for folder in folders.values())}",
    )


def _type_at(path: Path) -> FileType:
    """What kind of files there are."""
    if path.is_dir():
        return _only_type(path, types_in(path))
    kind = type_of(path)
    if kind is not None:
        return kind
    files = listed_files(path, FileType.IMAGE)
    return _only_type(path, tuple(dict.fromkeys(kind for kind in map(type_of, files) if kind is not None)))


def _only_type(path: Path, kinds: Sequence[FileType]) -> FileType:
    if len(kinds) == 1:
        return kinds[0]
    known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
    if not kinds:
        raise CalibrationDataError(f"{path}: no calibration data there", hint=f"known suffixes are {known}")
    mixed = " and ".join(kind.value for kind in kinds)
    raise CalibrationDataError(f"{path}: holds {mixed} files together", hint="keep one kind in a folder of its own")
