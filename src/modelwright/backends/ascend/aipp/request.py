"""From ``--mean --std --color --crop --resize --image_size`` to a static AIPP operator that fits the model's input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from modelwright.backends.ascend.aipp.color import parse_conversion
from modelwright.backends.ascend.aipp.config import Aipp, Crop, reciprocals, split_mean
from modelwright.errors import UsageError

_CHANNELS: Final = {"rgb": 3, "bgr": 3, "gray": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInput:
    """The model's input that takes images.

    Attributes:
        name: Its name.
        index: Its place among the inputs.
        channels: Its channels.
        height: Its height, 0 where gears decide.
        width: Its width, 0 where gears decide.
    """

    name: str
    index: int
    channels: int
    height: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What is done to images before the network.

    Attributes:
        aipp: What the chip's preprocessor does.
        resized: Whether the network then begins by resizing to its own size: the preprocessor cannot.
    """

    aipp: Aipp
    resized: bool


def image_shape(options: Mapping[str, str]) -> tuple[int, int] | None:
    """Height and width that ``--resize`` asks for, or None.

    Raises:
        UsageError: It is malformed.
    """
    return _pair("resize", options["resize"]) if "resize" in options else None


def build(options: Mapping[str, str], target: ImageInput, *, geared: bool = False) -> Preprocessing:
    """The preprocessing that the options ask for.

    Args:
        options: Options by name, as texts.
        target: The input that takes images.
        geared: Whether gears decide about height and width.

    Raises:
        UsageError: An option is malformed, or they do not fit the input.
    """
    conversion = parse_conversion(
        options.get("color", "gray" if target.channels == 1 else "rgb"), options.get("csc", "jpeg")
    )
    wanted = _CHANNELS[conversion.wanted]
    if wanted != target.channels:
        raise UsageError(
            f"color: {conversion.wanted} has {wanted} channels, input {target.name!r} takes {target.channels}",
            hint="give --color for what the model takes, such as nv12-rgb or gray",
        )
    resize = image_shape(options)
    arriving, crop = _sizes(options, target, resize, geared=geared)
    mean, minimum = split_mean(_channel_values(options, "mean", wanted, 0.0))
    aipp = Aipp(
        input_index=target.index,
        height=arriving[0],
        width=arriving[1],
        conversion=conversion,
        crop=crop,
        mean=mean,
        minimum=minimum,
        factor=reciprocals(_channel_values(options, "std", wanted, 1.0)),
    )
    return Preprocessing(aipp=aipp, resized=resize is not None and aipp.output_size != resize)


def _sizes(
    options: Mapping[str, str], target: ImageInput, resize: tuple[int, int] | None, *, geared: bool
) -> tuple[tuple[int, int], Crop | None]:
    """Height and width of what arrives, and the crop."""
    named = _pair("image_size", options["image_size"]) if "image_size" in options else None
    if geared:
        if named is not None or resize is not None or "crop" in options:
            raise UsageError(
                "image_size, crop and resize do not go with dynamic_image_size: the gears are the sizes",
                hint="leave them out, or fix the shape",
            )
        return (0, 0), None
    size = (target.height, target.width)
    if resize is not None and resize != size:
        raise UsageError(
            f"resize: {_shown(resize)} is not what input {target.name!r} takes, {_shown(size)}", hint="give its size"
        )
    if "crop" in options:
        return _cropped(options["crop"], size, named, free=resize is not None)
    if named is not None and named != size and resize is None:
        raise UsageError(
            f"image_size: images of {_shown(named)} do not fit input {target.name!r} of {_shown(size)}",
            hint=f"cut them (--crop {_shown(size)}) or resize them (--resize {_shown(size)})",
        )
    if resize is not None and named is None:
        raise UsageError("resize is given, but not from what size", hint="give --image_size HEIGHT,WIDTH")
    return named or size, None


def _cropped(
    text: str, size: tuple[int, int], named: tuple[int, int] | None, *, free: bool
) -> tuple[tuple[int, int], Crop]:
    numbers = _numbers("crop", text)
    if len(numbers) not in (2, 4):
        raise UsageError(f"crop is {text!r}", hint="write HEIGHT,WIDTH (the middle) or HEIGHT,WIDTH,TOP,LEFT")
    height, width = numbers[:2]
    if (height, width) != size and not free:
        raise UsageError(
            f"crop: {height},{width} is not what the model takes, {_shown(size)}", hint="give its size, or --resize"
        )
    if named is None:
        raise UsageError("crop is given, but not out of what size", hint="give --image_size HEIGHT,WIDTH")
    top, left = numbers[2:] if len(numbers) == 4 else (_middle(named[0] - height), _middle(named[1] - width))
    return named, Crop(top=top, left=left, height=height, width=width)


def _middle(room: int) -> int:
    """Where a crop in the middle begins; even, as some formats need it."""
    return room // 2 // 2 * 2 if room > 0 else 0


def _shown(size: tuple[int, int]) -> str:
    return f"{size[0]},{size[1]}"


def _pair(option: str, text: str) -> tuple[int, int]:
    numbers = _numbers(option, text)
    if len(numbers) != 2 or 0 in numbers:
        raise UsageError(f"{option} is {text!r}", hint="write HEIGHT,WIDTH")
    return numbers[0], numbers[1]


def _numbers(option: str, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.replace("x", ",").split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError(f"{option} is {text!r}", hint="write whole numbers separated by commas")
    return tuple(int(part) for part in parts)


def _channel_values(options: Mapping[str, str], option: str, channels: int, default: float) -> tuple[float, ...]:
    if option not in options:
        return (default,) * channels
    try:
        found = tuple(float(part) for part in options[option].split(","))
    except ValueError:
        raise UsageError(
            f"{option} is {options[option]!r}", hint="write a number a channel: 123.675,116.28,103.53"
        ) from None
    if len(found) == 1:
        found *= channels
    if len(found) != channels:
        raise UsageError(
            f"{option} has {len(found)} values for {channels} channels", hint="give one a channel, or one for all"
        )
    if option == "std" and 0.0 in found:
        raise UsageError("std is 0 for a channel", hint="it is what values are divided by")
    return found


def looks_normalized(options: Mapping[str, str]) -> bool:
    """Whether mean and std look like those of images on a scale of 0 to 1, while the chip's is 0 to 255."""
    try:
        mean = [float(part) for part in options.get("mean", "0").split(",")]
        std = [float(part) for part in options.get("std", "1").split(",")]
    except ValueError:
        return False
    return max(mean) <= 1 and max(std) < 1
