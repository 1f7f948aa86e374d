"""Reading an ``insert_op_conf`` file: its grammar, its keys and their ranges, every mistake named by its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.aipp.color import Conversion, Matrix
from modelwright.backends.ascend.aipp.config import LARGEST_SIDE, Aipp, Crop
from modelwright.errors import UsageError, near_matches

_FORMATS: Final = (
    "YUV420SP_U8",
    "XRGB8888_U8",
    "RGB888_U8",
    "YUV400_U8",
    "ARGB8888_U8",
    "YUYV_U8",
    "YUV422SP_U8",
    "AYUV444_U8",
    "RAW10",
    "RAW12",
    "RAW16",
)
_SOURCES: Final = {"YUV420SP_U8": "nv12", "RGB888_U8": "rgb", "YUV400_U8": "gray"}
_SWITCHES: Final = (
    "crop resize padding csc_switch rbuv_swap_switch ax_swap_switch single_line_mode raw_rgbir_to_f16_n "
    "support_rotation"
).split()
_SIDES: Final = (
    "src_image_size_w src_image_size_h load_start_pos_w load_start_pos_h crop_size_w crop_size_h resize_output_w "
    "resize_output_h"
).split()
_PADS: Final = "left_padding_size right_padding_size top_padding_size bottom_padding_size".split()
_MATRIX: Final = tuple(f"matrix_r{row}c{column}" for row in range(3) for column in range(3))
_RANGES: Final[dict[str, tuple[float, float]]] = {
    **dict.fromkeys(_SIDES, (0, LARGEST_SIDE)),
    **dict.fromkeys(_PADS, (0, 32)),
    **dict.fromkeys(_MATRIX, (-32767, 32767)),
    **{f"{name}_bias_{index}": (0, 255) for name in ("input", "output") for index in range(3)},
    **{f"mean_chn_{index}": (0, 255) for index in range(4)},
    **{f"min_chn_{index}": (-65504, 65504) for index in range(4)},
    **{f"var_reci_chn_{index}": (-65504, 65504) for index in range(4)},
    "padding_value": (-65504, 65504),
    "cpadding_value": (-65504, 65504),
    "related_input_rank": (0, 1 << 30),
    "input_edge_idx": (0, 1 << 30),
    "max_src_image_size": (1, 1 << 32),
}
_WORDS: Final = {"aipp_mode": ("static", "dynamic"), "input_format": _FORMATS}
_REAL: Final = ("min_chn", "var_reci_chn", "padding_value", "cpadding_value")
_TOKEN: Final = re.compile(r"\s*(#[^\n]*|[{}:]|[A-Za-z_][A-Za-z0-9_]*|[-+]?[0-9.][0-9.eE+-]*|\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AippOp:
    """One operator of a file, its values by key as written."""

    values: dict[str, str]

    @property
    def dynamic(self) -> bool:
        """Whether the application gives the parameters with every image."""
        return self.values["aipp_mode"] == "dynamic"

    @property
    def input_index(self) -> int:
        """The input that it stands before."""
        return int(self.values.get("related_input_rank", 0))

    def number(self, key: str, default: float = 0.0) -> float:
        """A key's value."""
        return float(self.values.get(key, default))

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.values.get(key) == "true"


def read_file(path: Path) -> tuple[AippOp, ...]:
    """The operators of a file.

    Raises:
        UsageError: The file cannot be read, or breaks the grammar or a range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"insert_op_conf {path} cannot be read: {error}", hint="give a text file") from None
    found = tuple(_operators(_tokens(text), path))
    if not found:
        raise UsageError(f"insert_op_conf {path} holds no aipp_op", hint="write aipp_op { aipp_mode : static ... }")
    return found


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Words with their lines, then an empty one."""
    line = 1
    for found in _TOKEN.finditer(text):
        line = text.count("\n", 0, found.start(1)) + 1
        if not found[1].startswith("#"):
            yield found[1], line
    yield "", line


def _operators(tokens: Iterator[tuple[str, int]], path: Path) -> Iterator[AippOp]:
    for word, line in tokens:
        if not word:
            return
        if word != "aipp_op":
            raise _wrong(path, line, f"{word!r} stands where an aipp_op begins")
        _expect(tokens, "{", path)
        yield _operator(tokens, path, line)


def _operator(tokens: Iterator[tuple[str, int]], path: Path, begin: int) -> AippOp:
    values: dict[str, str] = {}
    for key, line in tokens:
        if key == "}":
            _check_whole(values, path, begin)
            return AippOp(values=values)
        if not key:
            break
        _expect(tokens, ":", path)
        value, _ = next(tokens)
        _check_value(key, value, path, line)
        if key in values:
            raise _wrong(path, line, f"{key} is given twice")
        values[key] = value
    raise _wrong(path, begin, "the aipp_op that begins here is not closed")


def _expect(tokens: Iterator[tuple[str, int]], wanted: str, path: Path) -> None:
    word, line = next(tokens, ("", 0))
    if word != wanted:
        raise _wrong(path, line, f"{word or 'the end'!r} stands where {wanted!r} must")


def _check_value(key: str, value: str, path: Path, line: int) -> None:
    if key in _WORDS:
        if value not in _WORDS[key]:
            raise _wrong(path, line, f"{key} is {value!r}, not one of {', '.join(_WORDS[key])}")
    elif key in _SWITCHES:
        if value not in ("true", "false"):
            raise _wrong(path, line, f"{key} is {value!r}, not true or false")
    elif key in _RANGES:
        _check_number(key, value, path, line)
    else:
        close = near_matches(key, [*_WORDS, *_SWITCHES, *_RANGES], limit=1)
        raise _wrong(path, line, f"there is no key {key!r}" + (f" (did you mean {close[0]}?)" if close else ""))


def _check_number(key: str, value: str, path: Path, line: int) -> None:
    try:
        number = float(value) if key.startswith(_REAL) else int(value)
    except ValueError:
        raise _wrong(path, line, f"{key} is {value!r}, which is no number of its kind") from None
    low, high = _RANGES[key]
    if not low <= number <= high:
        raise _wrong(path, line, f"{key} is {value}, outside {low:g} to {high:g}")


def _check_whole(values: dict[str, str], path: Path, line: int) -> None:
    """What must be there and go together in one operator."""
    mode = values.get("aipp_mode")
    if mode is None:
        raise _wrong(path, line, "aipp_mode is missing: static or dynamic")
    needed = "input_format" if mode == "static" else "max_src_image_size"
    if needed not in values:
        raise _wrong(path, line, f"{needed} is missing, which {mode} AIPP needs")
    if values.get("resize") == "true":
        raise _wrong(path, line, "resize is on, which no Ascend chip's AIPP does; resize in the model or before it")
    if values.get("input_format") == "YUV420SP_U8":
        odd = [key for key in _SIDES if key in values and int(values[key]) % 2]
        if odd:
            raise _wrong(path, line, f"{odd[0]} is odd; YUV420SP_U8 needs even numbers")


def _wrong(path: Path, line: int, reason: str) -> UsageError:
    return UsageError(f"insert_op_conf {path}, line {line}: {reason}", hint="see ATC's template for AIPP files")


def as_aipp(op: AippOp, size: tuple[int, int], channels: int) -> Aipp | None:
    """The operator as one that can be computed here, or None when it does what is not computed here.

    Args:
        op: The operator.
        size: Height and width of the model's input.
        channels: Its channels.
    """
    source = _SOURCES.get(op.values.get("input_format", ""))
    uncommon = any(op.on(key) for key in ("padding", "ax_swap_switch", "single_line_mode", "support_rotation"))
    biased = any(op.number(f"output_bias_{index}") for index in range(3))
    if op.dynamic or source is None or uncommon or biased or op.number("mean_chn_3"):
        return None
    conversion = _conversion(op, source, channels)
    width, height = int(op.number("src_image_size_w")) or size[1], int(op.number("src_image_size_h")) or size[0]
    crop = _crop(op, size) if op.on("crop") else None
    aipp = Aipp(
        input_index=op.input_index,
        height=height,
        width=width,
        conversion=conversion,
        crop=crop,
        mean=tuple(int(op.number(f"mean_chn_{index}")) for index in range(channels)),
        minimum=tuple(op.number(f"min_chn_{index}") for index in range(channels)),
        factor=tuple(op.number(f"var_reci_chn_{index}", 1.0) for index in range(channels)),
    )
    return aipp if aipp.output_size == size and not list(aipp.problems()) else None


def _conversion(op: AippOp, source: str, channels: int) -> Conversion:
    numbers = [int(op.number(key)) for key in _MATRIX]
    rows: Matrix = (
        (numbers[0], numbers[1], numbers[2]),
        (numbers[3], numbers[4], numbers[5]),
        (numbers[6], numbers[7], numbers[8]),
    )
    bias = [int(op.number(f"input_bias_{index}")) for index in range(3)]
    return Conversion(
        source=source,
        wanted="gray" if channels == 1 else "rgb",
        swap=op.on("rbuv_swap_switch"),
        matrix=rows if op.on("csc_switch") else None,
        bias=(bias[0], bias[1], bias[2]),
    )


def _crop(op: AippOp, size: tuple[int, int]) -> Crop:
    return Crop(
        top=int(op.number("load_start_pos_h")),
        left=int(op.number("load_start_pos_w")),
        height=int(op.number("crop_size_h")) or size[0],
        width=int(op.number("crop_size_w")) or size[1],
    )
