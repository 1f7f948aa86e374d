"""What is known of calibration data after one pass over it, in memory that hardly grows with the number of samples."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from modelwright.quantize.doctor.image_axes import ImageAxes, bands, image_axes, neighbours_alike, reinterpreted

_KEPT: Final = 16
_KEPT_BYTES: Final = 64 << 20
_LOOKED_AT: Final = 48
"""Images whose neighbouring pixels are compared."""
_TURNED: Final = 16
"""Images that are read in the other layout, too."""
_PIXELS: Final = 1 << 12
"""About how many pixels of a plane are summed up at most: those in a grid."""
_POOLED: Final = 1 << 15
_POOLED_EACH: Final = 1 << 10


@dataclass(slots=True, kw_only=True)
class InputFacts:
    """One input's data.

    Attributes:
        name: The input.
        dtype: Its numpy dtype's name.
        shape: Shape of one sample, with a leading 1 for the batch.
        axes: Where it is an image: its axes.
        samples: Number of samples.
        constant: Samples all of whose elements are equal.
        not_finite: Samples with NaN or infinity.
        low: Least finite value.
        high: Greatest finite value.
        whole: Whether all values are whole numbers.
        sums: For images: sum, and sum of squares, of some elements of each channel, and how many these are.
        alike: For images: for each sample looked at, the correlation of neighbouring pixels along width and height.
        alike_other: The same of fewer samples, after reading the bytes in the other layout.
        pooled: A spread of values from many samples.
        kept: The first few samples.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    axes: ImageAxes | None
    samples: int = 0
    constant: int = 0
    not_finite: int = 0
    low: float = np.inf
    high: float = -np.inf
    whole: bool = True
    sums: list[np.ndarray] = field(default_factory=list[np.ndarray])
    alike: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    alike_other: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    pooled: list[np.ndarray] = field(default_factory=list[np.ndarray])
    kept: list[np.ndarray] = field(default_factory=list[np.ndarray])

    @property
    def size(self) -> int:
        """Elements of a sample."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def is_float(self) -> bool:
        """Whether the input takes floats."""
        return self.dtype.startswith("float")

    @property
    def channel_means(self) -> np.ndarray | None:
        """Mean of each channel of an image."""
        return self.sums[0] / self.sums[2] if self.sums else None

    @property
    def channel_deviations(self) -> np.ndarray | None:
        """Standard deviation of each channel of an image."""
        if not self.sums:
            return None
        return np.sqrt(np.maximum(self.sums[1] / self.sums[2] - (self.sums[0] / self.sums[2]) ** 2, 0.0))

    def values(self) -> np.ndarray:
        """The pooled values in one array of float64."""
        return np.concatenate(self.pooled) if self.pooled else np.zeros(0)

    def add(self, sample: np.ndarray) -> None:
        """Takes a sample into account.

        Args:
            sample: Of ``shape``.
        """
        self.samples += 1
        if sample.dtype.kind not in "fiu" or sample.size == 0:
            return
        if sum(item.nbytes for item in self.kept) + sample.nbytes <= _KEPT_BYTES and len(self.kept) < _KEPT:
            self.kept.append(sample.copy())
        low, high = float(sample.min()), float(sample.max())
        if not np.isfinite([low, high]).all():
            self.not_finite += 1
            return
        self.constant += low == high
        self.low, self.high = min(self.low, low), max(self.high, high)
        flat = sample.reshape(-1)
        some = flat[:: max(1, flat.size // _POOLED_EACH)].astype(np.float64)
        self.whole = self.whole and bool(np.array_equal(some, np.rint(some)))
        if sum(item.size for item in self.pooled) < _POOLED:
            self.pooled.append(some)
        if self.axes is not None:
            self._add_image(sample, self.axes)

    def _add_image(self, sample: np.ndarray, axes: ImageAxes) -> None:
        planes = axes.planes(sample)
        step = max(1, math.isqrt(planes[0].size // _PIXELS))
        some = planes[:, ::step, ::step]
        wide = some.reshape(-1, axes.channels, some.shape[1] * some.shape[2]).astype(np.float64)
        count = np.array(wide.size // axes.channels, np.float64)
        new = [wide.sum(axis=(0, 2)), np.einsum("nck,nck->c", wide, wide), count]
        self.sums = [a + b for a, b in zip(self.sums, new, strict=True)] if self.sums else new
        if len(self.alike) < _LOOKED_AT:
            self.alike.append(neighbours_alike(_unstepped(planes, axes, last=axes.channel != 1)))
            if axes.channels > 1 and len(self.alike_other) < _TURNED:
                turned = axes.planes(reinterpreted(sample, axes))
                self.alike_other.append(neighbours_alike(_unstepped(turned, axes, last=axes.channel == 1)))


def _unstepped(planes: np.ndarray, axes: ImageAxes, *, last: bool) -> np.ndarray:
    """The planes, in bands where they were read with channels last: bytes with channels first make steps in them."""
    return bands(planes, axes.channels) if last else planes


class InputWatch:
    """Looks at the samples that go by.

    Attributes:
        facts: What is known of each input.
        samples: Number of samples.
        repeats: Samples that were there before, in all inputs.
    """

    def __init__(self) -> None:
        self.facts: dict[str, InputFacts] = {}
        self.samples = 0
        self.repeats = 0
        self._seen: set[bytes] = set()

    def add(self, feeds: Mapping[str, np.ndarray]) -> None:
        """Takes a batch into account, sample by sample along the first axis.

        Args:
            feeds: One array for every input.
        """
        for sample in samples_of(feeds):
            self.samples += 1
            digest = fingerprint(sample)
            self.repeats += digest in self._seen
            self._seen.add(digest)
            for name, array in sample.items():
                if name not in self.facts:
                    self.facts[name] = InputFacts(
                        name=name, dtype=array.dtype.name, shape=array.shape, axes=image_axes(array.shape)
                    )
                self.facts[name].add(array)


def samples_of(feeds: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """A batch cut along the first axis, where all inputs share it; else the batch as one sample."""
    sizes = {array.shape[0] if array.ndim else 0 for array in feeds.values()}
    if len(sizes) != 1 or sizes == {1} or sizes == {0}:
        return [dict(feeds)]
    return [{name: array[at : at + 1] for name, array in feeds.items()} for at in range(sizes.pop())]


def fingerprint(sample: Mapping[str, np.ndarray]) -> bytes:
    """32 bytes that tell samples apart."""
    digest = hashlib.sha256()
    for name in sorted(sample):
        array = np.ascontiguousarray(sample[name])
        digest.update(name.encode())
        text = array.dtype.kind in "OSU"
        digest.update(repr(array.tolist()).encode() if text else array.reshape(-1).view(np.uint8).data)
    return digest.digest()
