"""Reads parameter files: a tensor after the other, each with a header, as views of the memory-mapped file.

A tensor is: a version (4 bytes, 0), the number of LoD levels (8 bytes) with a length (8 bytes) and offsets each, a
version (4 bytes, 0), the length of a ``TensorDesc`` (4 bytes), that message, and the elements, row-major and
little-endian. A combined file holds the parameters in the order of their sorted names; names are not in it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.paddle.dtypes import dtype_numbered
from modelwright.frontends.paddle.model import PaddleTensor
from modelwright.hub.dtypes import dtype_name
from modelwright.schemas.companions import companion
from modelwright.schemas.pool import load_schema
from modelwright.schemas.spans import map_file

_MOST_LEVELS: Final = 64
_LONGEST_HEADER: Final = 1 << 16
_MAX_RANK: Final = 64
"""Dimensions that numpy arrays can have."""


def read_combined(path: Path, names: Sequence[str], tensors: Mapping[str, PaddleTensor]) -> dict[str, np.ndarray]:
    """The parameters of a combined file.

    Args:
        path: The file.
        names: Names of the parameters, in the file's order.
        tensors: What the program says about them.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is truncated, damaged, or belongs to another program.
    """
    if not names:
        return {}
    stream = _Stream(map_file(path), path)
    found: dict[str, np.ndarray] = {}
    for name in names:
        found[name] = _checked(stream.tensor(name), tensors.get(name), name, path)
    if stream.position != len(stream.data):
        raise ModelFormatError(
            f"{path}: holds {len(stream.data) - stream.position} bytes more than the program's {len(names)} parameters",
            hint="the parameter file belongs to another program: use the one saved with it",
        )
    return found


def read_separate(folder: Path, names: Sequence[str], tensors: Mapping[str, PaddleTensor]) -> dict[str, np.ndarray]:
    """Parameters of which each has a file of its name.

    Raises:
        ModelNotFoundError: Files are missing; all are named.
        ModelFormatError: One is damaged or does not fit the program, or a parameter's name leads out of the folder.
    """
    missing: list[str] = []
    paths: dict[str, Path] = {}
    for name in names:
        try:
            paths[name] = companion(folder, name, what=f"{folder}: the file of a parameter")
        except ModelNotFoundError:
            missing.append(name)
    if missing:
        listed = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise ModelNotFoundError(
            f"{folder}: there is no parameter file, neither a combined one nor one each for {listed}",
            hint="give the combined file with --params_filename",
        )
    found: dict[str, np.ndarray] = {}
    for name, path in paths.items():
        found[name] = _checked(_Stream(map_file(path), path).tensor(name), tensors.get(name), name, path)
    return found


class _Stream:
    """A walk over a parameter file."""

    def __init__(self, data: memoryview, path: Path) -> None:
        self.data = data
        self.path = path
        self.position = 0

    def tensor(self, name: str) -> np.ndarray:
        """The next tensor, a view.

        Raises:
            ModelFormatError: The file ends or is damaged here; the message names the byte.
        """
        start = self.position
        if start == len(self.data):
            raise ModelFormatError(
                f"{self.path}: ends before parameter {name!r}",
                hint="the file is truncated or belongs to another program: copy or export it again",
            )
        self._version("a tensor", name)
        for _ in range(self._number("<Q", "the number of LoD levels", name, _MOST_LEVELS)):
            self._take(self._number("<Q", "a LoD level", name, len(self.data)), name)
        self._version("its description", name)
        length = self._number("<i", "the length of a description", name, _LONGEST_HEADER)
        header = bytes(self._take(length, name))
        try:
            described = load_schema("paddle").message("TensorDesc").FromString(header)
        except DecodeError:
            raise self._damaged(name, "the description of a tensor is damaged", start) from None
        dtype = dtype_numbered(described.data_type, f"{self.path}: parameter {name!r}").numpy()
        shape = tuple(described.dims)
        if len(shape) > _MAX_RANK or any(size < 0 for size in shape):
            raise self._damaged(name, f"a tensor has the shape {list(shape)[:_MAX_RANK]}", start)
        raw = self._take(math.prod(shape) * dtype.itemsize, name)
        return np.frombuffer(raw, dtype.newbyteorder("<") if dtype.kind in "iufc" else dtype).reshape(shape)

    def _version(self, what: str, name: str) -> None:
        at = self.position
        version = struct.unpack("<I", self._take(4, name))[0]
        if version:
            raise self._damaged(name, f"{what} has the version {version}, not 0", at)

    def _number(self, layout: str, what: str, name: str, most: int) -> int:
        at = self.position
        value = int(struct.unpack(layout, self._take(struct.calcsize(layout), name))[0])
        if not 0 <= value <= most:
            raise self._damaged(name, f"{what} is {value}", at)
        return value

    def _take(self, length: int, name: str) -> memoryview:
        end = self.position + length
        if end > len(self.data):
            raise self._damaged(name, f"it needs {length} bytes more, {len(self.data) - self.position} are left")
        piece = self.data[self.position : end]
        self.position = end
        return piece

    def _damaged(self, name: str, reason: str, at: int | None = None) -> ModelFormatError:
        return ModelFormatError(
            f"{self.path}: damaged or truncated at byte {self.position if at is None else at}, "
            f"in parameter {name!r}: {reason}",
            hint="copy or export the model again; the file must be the one saved with this program",
        )


def _checked(array: np.ndarray, said: PaddleTensor | None, name: str, path: Path) -> np.ndarray:
    """The array, if it is what the program says.

    Raises:
        ModelFormatError: Its shape or dtype is another.
    """
    if said is None or said.shape is None or said.dtype is None:
        return array
    fits = len(array.shape) == len(said.shape) and all(
        want is None or have == want for have, want in zip(array.shape, said.shape, strict=True)
    )
    if fits and array.dtype.newbyteorder("=") == said.dtype.numpy():
        return array
    raise ModelFormatError(
        f"{path}: parameter {name!r} is {array.dtype.name}{list(array.shape)}, but the program says "
        f"{dtype_name(said.dtype)}{list(said.shape)}",
        hint="the parameter file belongs to another program: use the one saved with it",
    )
