"""A static AIPP operator: what the chip does with an image before the network, and its text for ``insert_op_conf``.

In the chip's order: exchange of channels, crop, conversion of colors, ``(in - mean - min) * var_reci``, padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.backends.ascend.aipp.color import INPUTS, Conversion

LARGEST_SIDE: Final = 4096
_HALF_LARGEST: Final = 65504.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A part of the image, in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aipp:
    """A static AIPP operator.

    Attributes:
        input_index: Which input of the model it stands before.
        height: Height of the images that arrive; 0 where gears decide.
        width: Their width; 0 where gears decide.
        conversion: How colors are converted.
        crop: The part that is used, or None.
        mean: What is subtracted from each channel, whole numbers 0 to 255.
        minimum: What is subtracted besides, in float16.
        factor: What each channel is then multiplied by, in float16.
    """

    input_index: int
    height: int
    width: int
    conversion: Conversion
    crop: Crop | None = None
    mean: tuple[int, ...]
    minimum: tuple[float, ...]
    factor: tuple[float, ...]

    @property
    def output_size(self) -> tuple[int, int]:
        """Height and width that the network gets."""
        return (self.height, self.width) if self.crop is None else (self.crop.height, self.crop.width)

    def text(self) -> str:
        """The operator for an ``insert_op_conf`` file."""
        return "aipp_op {\n" + "".join(f"    {key} : {value}\n" for key, value in self._lines()) + "}\n"

    def _lines(self) -> Iterator[tuple[str, str]]:
        yield "aipp_mode", "static"
        yield "related_input_rank", str(self.input_index)
        yield "input_format", INPUTS[self.conversion.source]
        yield "src_image_size_w", str(self.width)
        yield "src_image_size_h", str(self.height)
        yield "crop", _bool(self.crop is not None)
        if self.crop is not None:
            yield "load_start_pos_w", str(self.crop.left)
            yield "load_start_pos_h", str(self.crop.top)
            yield "crop_size_w", str(self.crop.width)
            yield "crop_size_h", str(self.crop.height)
        yield "csc_switch", _bool(self.conversion.matrix is not None)
        yield "rbuv_swap_switch", _bool(self.conversion.swap)
        if self.conversion.matrix is not None:
            for row, numbers in enumerate(self.conversion.matrix):
                yield from ((f"matrix_r{row}c{column}", str(number)) for column, number in enumerate(numbers))
            yield from ((f"input_bias_{index}", str(number)) for index, number in enumerate(self.conversion.bias))
        for index in range(len(self.mean)):
            yield f"mean_chn_{index}", str(self.mean[index])
            yield f"min_chn_{index}", _number(self.minimum[index])
            yield f"var_reci_chn_{index}", _number(self.factor[index])

    def problems(self) -> Iterator[tuple[str, str]]:
        """What the chip does not take: messages with remedies."""
        even = self.conversion.source in ("nv12", "nv21")
        sides = [("image_size", self.height), ("image_size", self.width)]
        if self.crop is not None:
            sides += [("crop", self.crop.height), ("crop", self.crop.width)]
            yield from self._crop_problems(self.crop, even=even)
        for option, side in sides:
            if not 0 <= side <= LARGEST_SIDE:
                yield f"{option}: a side of {side} pixels is beyond the chip's {LARGEST_SIDE}", "give smaller images"
            elif even and side % 2:
                yield f"{option}: {side} is odd, images of {self.conversion.source} have even sides", "give even sizes"
        yield from self._number_problems()

    def _crop_problems(self, crop: Crop, *, even: bool) -> Iterator[tuple[str, str]]:
        if crop.top + crop.height > self.height or crop.left + crop.width > self.width:
            yield (
                f"crop: {crop.height}x{crop.width} at {crop.top},{crop.left} is not inside {self.height}x{self.width}",
                "give a part of --image_size",
            )
        if even and (crop.top % 2 or crop.left % 2):
            yield f"crop: it begins at {crop.top},{crop.left}, which must be even", "write HEIGHT,WIDTH,TOP,LEFT"

    def _number_problems(self) -> Iterator[tuple[str, str]]:
        for channel, (mean, factor) in enumerate(zip(self.mean, self.factor, strict=True)):
            if not 0 <= mean <= 255:
                yield f"mean of channel {channel} is {mean}", "means are on the scale of the image, 0 to 255"
            if not np.isfinite(factor) or factor == 0 or abs(factor) > _HALF_LARGEST:
                yield (
                    f"1/std of channel {channel} is {factor:g}, which float16 does not hold",
                    "give a std between 0.00002 and 16000000",
                )


def _bool(value: object) -> str:
    return "true" if value else "false"


def _number(value: float) -> str:
    """The shortest decimal that is this float16."""
    return np.format_float_positional(np.float16(value), unique=True, trim="0")


def split_mean(means: Sequence[float]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Means as whole numbers and what remains, which float16 holds more exactly than the whole mean."""
    whole = tuple(int(mean) for mean in means)
    rest = tuple(float(np.float16(mean - part)) for mean, part in zip(means, whole, strict=True))
    return whole, rest


def reciprocals(stds: Sequence[float]) -> tuple[float, ...]:
    """``1 / std`` in float16."""
    with np.errstate(divide="ignore", over="ignore"):
        return tuple(float(np.float16(np.float64(1.0) / np.float64(std))) for std in stds)
