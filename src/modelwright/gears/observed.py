"""What sizes there are in real data: images, detection labels, or a list of sizes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright.errors import ModelFormatError, ModelNotFoundError, UsageError
from modelwright.gears.image_size import SUFFIXES, image_size

Sizes = tuple[int, ...]
Histogram = Counter[Sizes]
"""How often each combination of sizes occurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How an application brings what it has to the network's input.

    Attributes:
        interval: Sizes are rounded up to multiples of it.
        limit: The longer side of an image is at most this, the image scaled down; None for no limit.
        height: Images are scaled to this height, so that only their width differs; None when both differ.
    """

    interval: int = 32
    limit: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        """Checks the numbers.

        Raises:
            UsageError: One is not greater than 0.
        """
        for name, value in (("interval", self.interval), ("limit_side_len", self.limit), ("height", self.height)):
            if value is not None and value < 1:
                raise UsageError(f"--{name} is {value}", hint="give a number greater than 0")

    def image(self, height: float, width: float) -> Sizes:
        """The sizes that an image of this height and width has at the input: both, or the width alone."""
        if self.height is not None:
            return (self._up(width * self.height / height),)
        longest = max(height, width)
        scale = 1.0 if self.limit is None or longest <= self.limit else self.limit / longest
        return self._up(height * scale), self._up(width * scale)

    def _up(self, size: float) -> int:
        return max(math.ceil(round(size, 6) / self.interval), 1) * self.interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was found.

    Attributes:
        sizes: How often sizes occur, rounded up as the input takes them.
        area: Sum over all samples of the product of their sizes as they are.
        what: What was counted, for people: ``120 images``.
    """

    sizes: Histogram
    area: float
    what: str


def observe(path: Path, fitting: Fitting, *, boxes: bool = False) -> Observed:
    """The sizes in a folder of images, a file of detection labels, or a list.

    Args:
        path: A folder of images, which may have folders inside; a file of lines ``image<tab>[{"points": [[x, y], ...]},
            ...]``, whose boxes count; or a file of lines ``sizes[,more]``, whole numbers.
        fitting: How images are brought to the input.
        boxes: Of labels, count how many boxes an image has, not how large they are.

    Raises:
        ModelNotFoundError: There is nothing there.
        ModelFormatError: A line or an image cannot be read.
    """
    if path.is_dir():
        return _images(path, fitting)
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise ModelFormatError(f"{path} is no text", hint="give a folder of images, labels, or a list") from error
    if not lines:
        raise ModelFormatError(f"{path} is empty", hint="give a folder of images, labels, or a list of sizes")
    if "\t" in lines[0]:
        return _labels(path, lines, fitting, boxes=boxes)
    if boxes:
        raise UsageError("--boxes counts boxes of labels", hint=f"{path} is a list of sizes: leave it out")
    return _list(path, lines)


def _images(folder: Path, fitting: Fitting) -> Observed:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ModelFormatError(f"{folder} holds no images", hint=f"images end in {', '.join(SUFFIXES)}")
    return _fitted((image_size(path) for path in paths), fitting, f"{len(paths)} images")


def _fitted(sizes: Iterable[tuple[float, float]], fitting: Fitting, what: str) -> Observed:
    found: Histogram = Counter()
    area = 0.0
    exact = Fitting(interval=1, limit=fitting.limit, height=fitting.height)
    for height, width in sizes:
        found[fitting.image(height, width)] += 1
        area += math.prod(exact.image(height, width))
    return Observed(sizes=found, area=area, what=what)


def _labels(path: Path, lines: Sequence[str], fitting: Fitting, *, boxes: bool) -> Observed:
    found = list(_boxes(path, lines))
    if boxes:
        counts = [len(row) for row in found if row]
        return Observed(
            sizes=Counter((count,) for count in counts),
            area=float(sum(counts)),
            what=f"boxes of {len(counts)} images",
        )
    crops = [box for row in found for box in row]
    return _fitted(crops, fitting, f"{len(crops)} boxes of {len(found)} images")


def _boxes(path: Path, lines: Sequence[str]) -> Iterator[list[tuple[float, float]]]:
    """Height and width of the boxes of each image, along their sides."""
    for number, line in enumerate(lines, 1):
        try:
            entries: Any = json.loads(line.partition("\t")[2])
            sides = [_sides(entry["points"]) for entry in entries]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ModelFormatError(
                f"{path}, line {number}: no label: {type(error).__name__}: {error}",
                hint='a line is the image, a tab, and [{"points": [[x, y], [x, y], [x, y], [x, y]]}, ...]',
            ) from error
        yield [side for side in sides if min(side) > 0]


def _sides(points: Sequence[Sequence[float]]) -> tuple[float, float]:
    def apart(first: int, second: int) -> float:
        return math.dist(points[first], points[second])

    return max(apart(0, 3), apart(1, 2)), max(apart(0, 1), apart(2, 3))


def _list(path: Path, lines: Sequence[str]) -> Observed:
    found: Histogram = Counter()
    for number, line in enumerate(lines, 1):
        try:
            sizes = tuple(int(item) for item in line.split(","))
        except ValueError:
            sizes = ()
        if not sizes or min(sizes) < 1 or len(sizes) != len(next(iter(found), sizes)):
            raise ModelFormatError(
                f"{path}, line {number}: {line!r} is no sizes",
                hint="write whole numbers, as many in every line: 736,1280",
            )
        found[sizes] += 1
    return Observed(
        sizes=found,
        area=float(sum(math.prod(sizes) * count for sizes, count in found.items())),
        what=f"{len(lines)} samples",
    )
