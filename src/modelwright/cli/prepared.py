"""The flags that say how calibration data become what a model takes."""

from __future__ import annotations

from typing import Any

from modelwright.cli.arguments import number
from modelwright.errors import UsageError


def add_preparation(group: Any) -> None:
    """Adds them."""
    group.add_argument("--color", choices=("rgb", "bgr"), help="order of an image's channels (bgr)")
    group.add_argument("--mean", type=_numbers, metavar="X,Y,Z", help="subtracted from pixels of 0 to 255")
    group.add_argument("--std", type=_numbers, metavar="X,Y,Z", help="what pixels are divided by then")
    group.add_argument("--preset", metavar="NAME", help="PT_IMAGENET or IMAGENET: resize, crop and normalize so")
    group.add_argument("--preprocess", metavar="FILE.py:FUNC", help="a function that reads the files (needs --trust)")
    group.add_argument(
        "--data_shape", type=_sizes, metavar="N,C,H,W", help="sizes of the input where the model leaves some open"
    )


def _numbers(text: str) -> tuple[float, ...]:
    """``123.7,116.3,103.5``."""
    return tuple(number(part) for part in text.split(","))


def _sizes(text: str) -> tuple[int, ...]:
    """``1,3,320,320``, also with ``x`` between."""
    parts = text.strip("[]").replace("x", ",").split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise UsageError(f"--data_shape {text}: sizes are wanted", hint="such as 1,3,320,320, as the model orders them")
    return tuple(int(part) for part in parts)
