"""The grammar of ATC's shapes, outputs and gears: from text to numbers, with every mistake named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modelwright.errors import UsageError

OPEN: Final = -1
_RANGE: Final = re.compile(r"(\d+)~(\d+|-1)$", re.ASCII)
_NUMBER: Final = re.compile(r"-1$|\d+$", re.ASCII)

AtcDim = int | tuple[int, int]
"""A size, -1 for an open one, or a range of sizes (upper bound -1: none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputShape:
    """The shape of one input: ``name:1,3,-1,224``."""

    name: str
    dims: tuple[AtcDim, ...]

    @property
    def open_axes(self) -> tuple[int, ...]:
        """The axes that are -1."""
        return tuple(axis for axis, dim in enumerate(self.dims) if dim == OPEN)

    @property
    def has_range(self) -> bool:
        """Whether a dimension is a range."""
        return any(isinstance(dim, tuple) for dim in self.dims)

    def __str__(self) -> str:
        """The spelling that ATC takes."""
        return f"{self.name}:{self._dims}"

    @property
    def bracketed(self) -> str:
        """The spelling of ``input_shape_range``: ``name:[1~8,3,224,-1]``."""
        return f"{self.name}:[{self._dims}]"

    @property
    def _dims(self) -> str:
        return ",".join(f"{dim[0]}~{dim[1]}" if isinstance(dim, tuple) else str(dim) for dim in self.dims)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutNode:
    """One wanted output: operator and index, or a name alone (``index`` None)."""

    name: str
    index: int | None = None

    def __str__(self) -> str:
        """The spelling that ATC takes."""
        return self.name if self.index is None else f"{self.name}:{self.index}"


def parse_input_shape(text: str, setting: str = "input_shape") -> tuple[InputShape, ...]:
    """Shapes of inputs: ``name:1,3,224,224;other:-1,10``; a name reaches to the last colon.

    Args:
        text: What was given.
        setting: Its name, for messages.

    Raises:
        UsageError: It is malformed, or names an input twice.
    """
    found = tuple(_input_shape(part, setting) for part in _parts(text, ";", setting))
    twice = sorted({item.name for item in found if [other.name for other in found].count(item.name) > 1})
    if twice:
        raise UsageError(f"{setting} names {', '.join(twice)} twice", hint="give each input one shape")
    return found


def _input_shape(text: str, setting: str) -> InputShape:
    name, colon, dims = text.rpartition(":")
    if not colon or not name:
        raise UsageError(
            f"{setting}: {text!r} is not name:dims", hint=f"write --{setting} 'name:1,3,224,224;other:1,10'"
        )
    stripped = dims.strip().removeprefix("[").removesuffix("]")
    sizes = tuple(_dim(item, text, setting) for item in stripped.split(",")) if stripped.strip() else ()
    return InputShape(name=name.strip(), dims=sizes)


def _dim(text: str, where: str, setting: str) -> AtcDim:
    text = text.strip()
    if _NUMBER.match(text):
        size = int(text)
        if size == 0:
            raise UsageError(f"{setting}: a dimension of {where!r} is 0", hint="sizes are greater than 0")
        return size
    found = _RANGE.match(text)
    if found is None:
        raise UsageError(
            f"{setting}: {text!r} is not a dimension in {where!r}", hint="a dimension is a size, -1, or a range 1~8"
        )
    low, high = int(found[1]), int(found[2])
    if high != OPEN and high < low:
        raise UsageError(f"{setting}: the range {text} of {where!r} is empty", hint="write the smaller size first")
    return low, high


def parse_out_nodes(text: str) -> tuple[OutNode, ...]:
    """Outputs: ``node:0;node:1``, or names alone.

    Raises:
        UsageError: It is malformed.
    """
    return tuple(_out_node(part) for part in _parts(text, ";", "out_nodes"))


def _out_node(text: str) -> OutNode:
    name, colon, index = text.rpartition(":")
    if colon and name and index.isascii() and index.isdigit():
        return OutNode(name=name, index=int(index))
    return OutNode(name=text)


def parse_gears(text: str, setting: str) -> tuple[tuple[int, ...], ...]:
    """Gears: those of a batch separated by commas, others by semicolons with commas inside.

    Args:
        text: What was given.
        setting: ``dynamic_batch_size``, ``dynamic_image_size`` or ``dynamic_dims``.

    Raises:
        UsageError: A value is not a size.
    """
    apart = "," if setting == "dynamic_batch_size" else ";"
    return tuple(_gear(part, setting) for part in _parts(text, apart, setting))


def _gear(text: str, setting: str) -> tuple[int, ...]:
    sizes = [item.strip() for item in text.split(",")]
    wrong = next((item for item in sizes if not (item.isascii() and item.isdigit() and int(item) > 0)), None)
    if wrong is not None:
        raise UsageError(f"{setting}: {wrong!r} is not a size", hint="sizes are whole numbers greater than 0")
    return tuple(int(item) for item in sizes)


def _parts(text: str, apart: str, setting: str) -> Iterator[str]:
    parts = [part.strip() for part in text.strip().removesuffix(apart).split(apart)]
    if not all(parts):
        raise UsageError(f"{setting}: an entry of {text!r} is empty", hint=f"separate entries by a single {apart!r}")
    yield from parts
