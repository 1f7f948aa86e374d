"""Files of numbers, read in slices along their first axis: ``.npy``, members of ``.npz``, raw bytes."""

from __future__ import annotations

import io
import math
import os
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final, Protocol

import numpy as np

from modelwright.errors import CalibrationDataError, near_matches

_SUFFIX: Final = ".npy"
_PREFIX: Final = "in:"
_MIB: Final = 1 << 20
_MAGIC_BYTES: Final = 8
_SIZE_BYTES: Final = (2, 4)
"""Bytes of the header's length in version 1 of the format, and in later ones."""
_LONGEST: Final = 1 << 14
"""Bytes that hold the longest header that numpy reads."""

_DAMAGE: Final = (
    *(OSError, ValueError, EOFError, KeyError, TypeError, SyntaxError, OverflowError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)
"""What numpy and the zip reader raise for damaged files."""


class ArrayFile(Protocol):
    """An array on disk."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, known without reading its numbers."""
        ...

    def whole(self) -> np.ndarray:
        """All of it."""
        ...

    def rows(self, start: int, stop: int) -> np.ndarray:
        """A slice along the first axis; the rest is not held in memory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NpyFile:
    """An ``.npy`` file.

    Attributes:
        path: The file.
        shape: The array's.
        dtype: The array's.
        fortran: Whether its first axis moves fastest.
        offset: Bytes before its numbers.
        label: What messages call it.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int
    label: str

    def whole(self) -> np.ndarray:
        """All of it."""
        with _array_errors(self.path):
            flat = np.fromfile(self.path, self.dtype, math.prod(self.shape), offset=self.offset)
            return flat.reshape(self.shape, order="F" if self.fortran else "C")

    def rows(self, start: int, stop: int) -> np.ndarray:
        """A slice along the first axis."""
        if self.fortran:
            return self.whole()[start:stop]
        row = math.prod(self.shape[1:])
        with _array_errors(self.path):
            offset = self.offset + start * row * self.dtype.itemsize
            flat = np.fromfile(self.path, self.dtype, (stop - start) * row, offset=offset)
            return flat.reshape(stop - start, *self.shape[1:])


def open_npy(path: Path) -> NpyFile:
    """An ``.npy`` file.

    Raises:
        CalibrationDataError: It is none, damaged, or holds Python objects.
    """
    with _array_errors(path), path.open("rb") as file:
        start = file.read(_LONGEST)
        if start[:2] == b"PK":
            raise ValueError("it is an .npz: say file_type npz")
        head = start[: _head_bytes(start)]
        shape, fortran, dtype = _parsed(head)
        if os.fstat(file.fileno()).st_size - len(head) < math.prod(shape) * dtype.itemsize:
            raise ValueError("it ends early")
    return NpyFile(path=path, shape=shape, dtype=dtype, fortran=fortran, offset=len(head), label=str(path))


def _head_bytes(start: bytes) -> int:
    """Bytes before an array's numbers: magic text, version, and a header with its length before it."""
    wide = start[6:7] > b"\x01"
    size = _SIZE_BYTES[wide]
    return _MAGIC_BYTES + size + int.from_bytes(start[_MAGIC_BYTES : _MAGIC_BYTES + size], "little")


@lru_cache(maxsize=8)
def _parsed(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What `_header` reads; files of a data set begin alike."""
    return _header(io.BytesIO(head))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """A file of nothing but numbers, in C order and the machine's byte order."""

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def label(self) -> str:
        """The file's path."""
        return str(self.path)

    def whole(self) -> np.ndarray:
        """All of it."""
        return np.fromfile(self.path, self.dtype).reshape(self.shape)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """A slice along the first axis."""
        row = int(np.prod(self.shape[1:]))
        count = (stop - start) * row
        found = np.fromfile(self.path, self.dtype, count, offset=start * row * self.dtype.itemsize)
        return found.reshape(stop - start, *self.shape[1:])


def open_raw(path: Path, item: tuple[int, ...], dtype: np.dtype[Any]) -> RawFile:
    """A raw file of one or more samples.

    Args:
        path: The file.
        item: Shape of a sample.
        dtype: Dtype of the numbers.

    Raises:
        CalibrationDataError: Its size is not that of one or more samples.
    """
    size, wanted = path.stat().st_size, int(np.prod(item)) * dtype.itemsize
    if size == 0 or size % wanted:
        numbers = f"{size // dtype.itemsize} {dtype.name} numbers" if size % dtype.itemsize == 0 else f"{size} bytes"
        raise CalibrationDataError(
            f"{path}: {numbers} do not make samples of shape {list(item)}, which take {wanted} bytes each",
            hint="input_shape and dtype of the calibration file say what raw files hold",
        )
    return RawFile(path=path, shape=(size // wanted, *item), dtype=dtype)


class NpzMember:
    """An array of an ``.npz``, read as a stream: slices that follow each other cost nothing twice."""

    def __init__(self, path: Path, name: str) -> None:
        """Reads the header.

        Raises:
            CalibrationDataError: The file is no ``.npz`` or damaged, or has no such array.
        """
        self.path = path
        self.label = f"{path}[{name}]"
        self._name = name
        with _array_errors(path), self._opened() as stream:
            self.shape, self._fortran, self._dtype = _header(stream)
        self._stream: IO[bytes] | None = None
        self._next = 0

    def whole(self) -> np.ndarray:
        """All of it."""
        with _array_errors(self.path), self._opened() as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """A slice along the first axis."""
        if self._fortran:
            return self.whole()[start:stop]
        row = int(np.prod(self.shape[1:])) * self._dtype.itemsize
        with _array_errors(self.path), ExitStack() as on_error:
            on_error.callback(self._close)
            stream = self._at(start, row)
            content = stream.read((stop - start) * row)
            self._next = stop
            found = np.frombuffer(bytearray(content), self._dtype).reshape(stop - start, *self.shape[1:])
            on_error.pop_all()
            return found

    def _at(self, start: int, row: int) -> IO[bytes]:
        """The stream, before a row."""
        if self._stream is None or start < self._next:
            self._close()
            self._stream, self._next = self._opened(), 0
            _header(self._stream)
        left = (start - self._next) * row
        while left > 0:
            left -= len(self._stream.read(min(left, _MIB))) or left
        return self._stream

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _opened(self) -> IO[bytes]:
        with zipfile.ZipFile(self.path) as archive:  # the stream keeps the file open
            return archive.open(self._name + _SUFFIX)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first axis moves fastest, and dtype."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    if min(shape, default=0) < 0:
        raise ValueError(f"its shape is {list(shape)}")
    return shape, fortran, dtype


def open_npz(path: Path, name: str, *, only: bool) -> NpzMember:
    """The array of an input in an ``.npz``: under its name or ``in:<name>``.

    Args:
        path: The archive.
        name: The input's name.
        only: Whether the model has no other input: a single array is then its, whatever its name.

    Raises:
        CalibrationDataError: There is no such array, or the file is damaged.
    """
    with _array_errors(path), zipfile.ZipFile(path) as archive:
        names = [item.removesuffix(_SUFFIX) for item in archive.namelist() if item.endswith(_SUFFIX)]
    for key in (name, _PREFIX + name, *(names if only and len(names) == 1 else ())):
        if key in names:
            return NpzMember(path, key)
    close = near_matches(name, names, limit=2)
    hint = f"did you mean {' or '.join(repr(item) for item in close)}? " if close else ""
    raise CalibrationDataError(
        f"{path}: no array named {name!r} for this input of the model",
        hint=f"{hint}it holds {', '.join(names) or 'nothing'}",
    )


@contextmanager
def _array_errors(path: Path) -> Generator[None]:
    """Errors that name the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that numpy reads with doubts
            yield
    except CalibrationDataError:
        raise
    except _DAMAGE as error:
        objects = "allow_pickle" in str(error) or "Python objects" in str(error)
        reason = "it holds Python objects" if objects else str(error)
        hint = "save plain arrays of numbers with numpy.save or numpy.savez"
        raise CalibrationDataError(f"{path}: cannot be read as numbers ({reason})", hint=hint) from None
