"""The samples of one input, in order: from images or from files of numbers."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from modelwright.errors import CalibrationDataError
from modelwright.formats import Dim, format_shape
from modelwright.quantize.data.arrays import ArrayFile
from modelwright.quantize.data.layout import ImageLayout
from modelwright.quantize.data.numbers import as_dtype
from modelwright.quantize.data.pixels import read_pixels
from modelwright.quantize.data.presets import Normalization
from modelwright.quantize.data.settings import Color, Preset
from modelwright.quantize.data.spool import Spool


class Source(Protocol):
    """Samples of one input."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def read(self, start: int, stop: int) -> np.ndarray:
        """Samples [stop - start, ...] with the input's dtype."""
        ...

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The files that these samples come from."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """One image a sample.

    Attributes:
        images: The files.
        name: The input.
        layout: How an image lies in the input.
        dtype: The input's.
        preset: How images are resized and cropped.
        normalization: Channel order, means and deviations.
        spool: Where decoded images are kept.
    """

    images: Sequence[Path]
    name: str
    layout: ImageLayout
    dtype: np.dtype[Any]
    preset: Preset | None
    normalization: Normalization
    spool: Spool

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The images themselves."""
        return self.images[start:stop]

    def read(self, start: int, stop: int) -> np.ndarray:
        """Decoded, normalized images."""
        batch = np.empty((stop - start, *self.layout.shape), self.dtype)
        for index, sample in zip(range(start, stop), batch, strict=True):
            self._fill(sample, index)
        return batch

    def _pixels(self, index: int) -> np.ndarray:
        kept = self.spool.get(index)
        if kept is not None:
            return kept
        pixels = read_pixels(self.images[index], self.layout, self.preset)
        self.spool.put(index, pixels)
        return pixels

    def _fill(self, sample: np.ndarray, index: int) -> None:
        pixels, path = self._pixels(index), self.images[index]
        if self.normalization.color is Color.BGR and self.layout.channels > 1:
            pixels = np.concatenate([pixels[:, :, 2::-1], pixels[:, :, 3:]], axis=2)
        placed = self.layout.placed(pixels)
        mean, std = self.normalization.mean, self.normalization.std
        if mean is None and std is None:
            sample[...] = as_dtype(placed, self.dtype, where=str(path), name=self.name)
            return
        shifted = sample if self.dtype == np.float32 else np.empty(sample.shape, np.float32)
        np.subtract(placed, self._along(mean or (0.0,)), out=shifted)
        if std is not None:
            shifted /= self._along(std)
        if shifted is not sample:
            sample[...] = as_dtype(shifted, self.dtype, where=str(path), name=self.name)

    def _along(self, values: tuple[float, ...]) -> np.ndarray:
        return self.layout.along(np.array(values, np.float32))


class ArraySource:
    """Samples in files of numbers, each with one or more."""

    def __init__(self, arrays: Sequence[ArrayFile], *, name: str, item: tuple[Dim, ...], dtype: np.dtype[Any]) -> None:
        """Holds the files against the input.

        Args:
            arrays: The files.
            name: The input.
            item: Shape of a sample: the input's, without its batch if it has one.
            dtype: The input's.

        Raises:
            CalibrationDataError: A file's shape is not that of samples.
        """
        self._arrays = arrays
        self._name = name
        self._item = item
        self._dtype = dtype
        self._ends = list(itertools.accumulate(self._samples(array) for array in arrays))

    def __len__(self) -> int:
        """Number of samples."""
        return self._ends[-1] if self._ends else 0

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The files with these samples."""
        first = bisect.bisect_right(self._ends, start)
        last = bisect.bisect_right(self._ends, stop - 1)
        return [array.path for array in self._arrays[first : last + 1]]

    def read(self, start: int, stop: int) -> np.ndarray:
        """The samples, from as many files as they lie in."""
        parts: list[np.ndarray] = []
        while start < stop:
            index = bisect.bisect_right(self._ends, start)
            begin = self._ends[index - 1] if index else 0
            end = min(stop, self._ends[index])
            parts.append(self._part(self._arrays[index], start - begin, end - begin))
            start = end
        self._check_alike(parts)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _part(self, array: ArrayFile, start: int, stop: int) -> np.ndarray:
        single = len(array.shape) == len(self._item)
        found = array.whole()[None] if single else array.rows(start, stop)
        return as_dtype(found, self._dtype, where=array.label, name=self._name)

    def _samples(self, array: ArrayFile) -> int:
        """How many samples a file holds."""
        shape, item = array.shape, self._item
        if len(shape) == len(item) and _fits(shape, item):
            return 1
        if len(shape) == len(item) + 1 and _fits(shape[1:], item) and shape[0]:
            return shape[0]
        wanted = f"{format_shape(item)} (one sample)" if item else "a single number"
        raise CalibrationDataError(
            f"{array.label}: its shape {list(shape)} does not fit input {self._name!r}, which takes {wanted}",
            hint="reshape or transpose it, or correct input_shape; several samples go along a further first axis",
        )

    def _check_alike(self, parts: Sequence[np.ndarray]) -> None:
        shapes = {part.shape[1:] for part in parts}
        if len(shapes) > 1:
            sizes = " and ".join(str(list(shape)) for shape in sorted(shapes))
            raise CalibrationDataError(
                f"input {self._name!r}: samples of shapes {sizes} do not go into one batch",
                hint="use calibration_batch_size 1, or bring the samples to one size",
            )


def _fits(shape: Sequence[int], item: Sequence[Dim]) -> bool:
    return all(not isinstance(want, int) or want == got for want, got in zip(item, shape, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """One sample for every batch."""

    source: Source
    count: int

    def __len__(self) -> int:
        """As many as the other inputs have."""
        return self.count

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The one sample's files."""
        del start, stop
        return self.source.files(0, 1)

    def read(self, start: int, stop: int) -> np.ndarray:
        """The one sample, as often as wanted."""
        return np.repeat(self.source.read(0, 1), stop - start, axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Some of the samples, by index."""

    source: Source
    indices: Sequence[int]

    def __len__(self) -> int:
        """How many were chosen."""
        return len(self.indices)

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The chosen samples' files."""
        return [path for index in self.indices[start:stop] for path in self.source.files(index, index + 1)]

    def read(self, start: int, stop: int) -> np.ndarray:
        """The chosen samples."""
        return np.concatenate([self.source.read(index, index + 1) for index in self.indices[start:stop]])
