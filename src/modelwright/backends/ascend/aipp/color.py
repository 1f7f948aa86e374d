"""Conversions of colors: the chip's formats, and the matrices that its reference gives for each standard.

A conversion is ``out = (matrix @ (in - bias)) >> 8``, clipped to 0..255, on the channels in the order after swapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modelwright.errors import UsageError, near_matches

Matrix = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]

_RED: Final = 0
_TO_RGB: Final[dict[str, tuple[Matrix, tuple[int, int, int]]]] = {
    "jpeg": (((256, 0, 359), (256, -88, -183), (256, 454, 0)), (0, 128, 128)),
    "bt601-narrow": (((298, 0, 409), (298, -100, -208), (298, 516, 0)), (16, 128, 128)),
    "bt709-narrow": (((298, 0, 459), (298, -55, -136), (298, 541, 0)), (16, 128, 128)),
}
"""YUV to RGB by standard; ``jpeg`` is full-range BT.601."""

STANDARDS: Final = tuple(_TO_RGB)
_GRAY: Final[Matrix] = ((76, 150, 30), (0, 0, 0), (0, 0, 0))
_NONE: Final[Matrix] = ((0, 0, 0), (0, 0, 0), (0, 0, 0))

INPUTS: Final = {
    "rgb": "RGB888_U8",
    "bgr": "RGB888_U8",
    "nv12": "YUV420SP_U8",
    "nv21": "YUV420SP_U8",
    "gray": "YUV400_U8",
}
"""What images may be when they arrive, and the chip's format for it."""

OUTPUTS: Final = ("rgb", "bgr", "gray")
"""What models may want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """How colors are converted.

    Attributes:
        source: What arrives, one of ``INPUTS``.
        wanted: What the model takes, one of ``OUTPUTS``.
        swap: Whether the first and third channel (of NV21: U and V) are exchanged first.
        matrix: The matrix, or None when nothing is converted.
        bias: What is subtracted before.
    """

    source: str
    wanted: str
    swap: bool
    matrix: Matrix | None = None
    bias: tuple[int, int, int] = (0, 0, 0)


def parse_conversion(text: str, standard: str) -> Conversion:
    """The conversion that ``--color`` and ``--csc`` ask for.

    Args:
        text: ``rgb``, ``rgb-bgr``, ``nv12-rgb``, ...: what arrives, and what the model takes.
        standard: One of ``STANDARDS``.

    Raises:
        UsageError: There is no such format, standard or conversion.
    """
    source, dash, wanted = text.lower().partition("-")
    wanted = wanted if dash else source
    _known("color", source, tuple(INPUTS))
    _known("color", wanted, OUTPUTS)
    _known("csc", standard, STANDARDS)
    if source == "gray" and wanted != "gray":
        raise UsageError(
            "color: gray images have no colors to give", hint="the chip takes gray for models of one channel"
        )
    return _conversion(source, wanted, standard)


def _known(option: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        close = near_matches(value, valid, limit=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UsageError(f"{option}: {value!r} is not known", hint=f"{guess}it is one of {', '.join(valid)}")


def _conversion(source: str, wanted: str, standard: str) -> Conversion:
    if source in ("rgb", "bgr"):
        if wanted == "gray":
            return Conversion(source=source, wanted=wanted, swap=source == "bgr", matrix=_GRAY)
        return Conversion(source=source, wanted=wanted, swap=source != wanted)
    if source == "gray":
        return Conversion(source=source, wanted=wanted, swap=False)
    matrix, bias = _TO_RGB[standard]
    if wanted == "gray":
        scale = matrix[_RED][0]
        matrix, bias = ((scale, 0, 0), *_NONE[1:]), (bias[0], 0, 0)
    elif wanted == "bgr":
        matrix = (matrix[2], matrix[1], matrix[0])
    return Conversion(source=source, wanted=wanted, swap=source == "nv21", matrix=matrix, bias=bias)
