"""The rules of gears: how many, of which sizes, and which dimensions of which inputs they may fill."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.ascend.shapes import InputShape, parse_gears
from modelwright.errors import UsageError
from modelwright.gears.document import read_gears_file

KINDS: Final = ("dynamic_batch_size", "dynamic_image_size", "dynamic_dims")
_LARGEST_BATCH: Final = 2048
_IMAGE_AXES: Final = {"NCHW": (2, 3), "NHWC": (1, 2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gears:
    """Sizes that a model is compiled for.

    Attributes:
        kind: The setting they come from, one of ``KINDS``.
        sizes: One tuple a gear.
    """

    kind: str
    sizes: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        """The spelling that ATC takes."""
        apart = "," if self.kind == "dynamic_batch_size" else ";"
        return apart.join(",".join(str(size) for size in gear) for gear in self.sizes)

    @property
    def bracketed(self) -> str:
        """The spelling that ``converter_lite`` takes for one input."""
        return ",".join(f"[{','.join(str(size) for size in gear)}]" for gear in self.sizes)

    def shapes(self, inputs: Sequence[InputShape], index: int = 0) -> dict[str, tuple[int, ...]]:
        """Shapes of the inputs in one gear.

        Args:
            inputs: All inputs; their -1 are filled in order.
            index: Which gear.
        """
        gear = self.sizes[index]
        found: dict[str, tuple[int, ...]] = {}
        used = 0
        for item in inputs:
            sizes: list[int] = []
            for dim in item.dims:
                if dim == -1:
                    sizes.append(gear[used % len(gear)] if self.kind != "dynamic_dims" else gear[used])
                    used += 1
                else:
                    sizes.append(dim if isinstance(dim, int) else dim[0])
            found[item.name] = tuple(sizes)
        return found


def read_gears(values: Mapping[str, str]) -> Gears | None:
    """The gears that the settings ask for, or None.

    Args:
        values: Settings by name; only ``KINDS`` matter.

    Raises:
        UsageError: More than one kind is given, or a size is malformed.
    """
    given = [kind for kind in KINDS if kind in values]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", hint="give one kind of gears")
    if not given:
        return None
    return Gears(kind=given[0], sizes=parse_gears(values[given[0]], given[0]))


def gears_of_file(path: Path, settings: Mapping[str, str], *, images: bool) -> dict[str, str]:
    """The setting of gears that a file of gears means.

    Args:
        path: The file.
        settings: The settings that were given.
        images: Whether images are preprocessed on the chip, with which ``dynamic_dims`` does not go.

    Raises:
        UsageError: The settings say gears, too.
        ModelFormatError: The file holds no gears.
    """
    given = [kind for kind in KINDS if kind in settings]
    if given:
        raise UsageError(f"gears and {given[0]} both say which sizes there are", hint="give one of them")
    sizes = read_gears_file(path)
    kind = KINDS[2]
    if images or "insert_op_conf" in settings:
        kind = KINDS[0] if len(sizes[0]) == 1 else KINDS[1]
    return {kind: str(Gears(kind=kind, sizes=sizes))}


def as_gears(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of ``converter_lite``, its ``dynamic_dims`` as the kind of gears that they are.

    It knows gears of the batch (one number each), ``[1],[4]``, and of height and width, ``[736,1280],[768,1280]``, the
    same for every input that has them, separated by ``;``. ATC's spelling is taken, too.

    Raises:
        UsageError: Inputs have different gears, gears have different lengths, or one is malformed.
    """
    text = settings.get("dynamic_dims")
    if text is None:
        return dict(settings)
    sizes = _bracketed(text) if "[" in text else parse_gears(text, "dynamic_dims")
    lengths = {len(gear) for gear in sizes}
    if lengths - {1, 2} or len(lengths) != 1:
        raise UsageError(
            f"dynamic_dims: {text!r} is neither gears of the batch nor of height and width",
            hint="write '[1],[4],[8]' or '[736,1280],[768,1280]'; for both, convert one model for each batch",
        )
    kind = KINDS[0] if lengths == {1} else KINDS[1]
    others = {name: value for name, value in settings.items() if name != "dynamic_dims"}
    if kind in others:
        raise UsageError(f"dynamic_dims and {kind} exclude each other", hint="give one kind of gears")
    return {**others, kind: str(Gears(kind=kind, sizes=sizes))}


def _bracketed(text: str) -> tuple[tuple[int, ...], ...]:
    groups = [re.sub(r"\]\s*,\s*\[", ";", part.strip()) for part in text.split(";")]
    found = [parse_gears(part.removeprefix("[").removesuffix("]"), "dynamic_dims") for part in groups]
    if any(gears != found[0] for gears in found):
        raise UsageError("dynamic_dims: the inputs have different gears", hint="give every input the same")
    return found[0]


def most_gears(soc_version: str) -> int:
    """The largest number of gears that a chip takes."""
    return 256 if soc_version.startswith("Ascend950") else 100


def gear_problems(
    gears: Gears, inputs: Sequence[InputShape], *, input_format: str, soc_version: str
) -> Iterator[tuple[str, str]]:
    """What is wrong with gears: messages with remedies.

    Args:
        gears: The gears.
        inputs: The shapes of ``--input_shape``.
        input_format: The layout, NCHW when nothing is said.
        soc_version: The chip.
    """
    most = most_gears(soc_version)
    count = len(gears.sizes)
    if not 2 <= count <= most:
        yield f"{gears.kind} has {count} gear{'s' * (count != 1)}", f"give 2 to {most}; for one size, fix the shape"
    twice = sorted({gear for gear in gears.sizes if gears.sizes.count(gear) > 1})
    if twice:
        yield f"{gears.kind} has {_shown(twice[0])} twice", "give each gear once"
    if not any(item.open_axes for item in inputs):
        yield f"{gears.kind} is given, but no dimension of input_shape is -1", "write -1 where the size changes"
    elif any(item.has_range for item in inputs):
        yield f"{gears.kind} does not go with ranges in input_shape", "write -1 in place of a~b"
    else:
        yield from _OF_KIND[gears.kind](gears, inputs, input_format)


def _shown(gear: Sequence[int]) -> str:
    return ",".join(str(size) for size in gear)


def _batch(gears: Gears, inputs: Sequence[InputShape], input_format: str) -> Iterator[tuple[str, str]]:
    del input_format
    for item in inputs:
        if item.open_axes not in ((), (0,)):
            yield (
                f"dynamic_batch_size: {item} is -1 at dimension {item.open_axes[-1]}, not at the first alone",
                "the batch is the first dimension; for others give --dynamic_dims",
            )
    large = [gear[0] for gear in gears.sizes if gear[0] > _LARGEST_BATCH]
    if large:
        yield f"dynamic_batch_size: {large[0]} is too large", f"a batch is 1 to {_LARGEST_BATCH}"


def _image(gears: Gears, inputs: Sequence[InputShape], input_format: str) -> Iterator[tuple[str, str]]:
    wrong = next((gear for gear in gears.sizes if len(gear) != 2), None)
    if wrong is not None:
        yield f"dynamic_image_size: {_shown(wrong)} is not height,width", "write '416,416;832,832'"
    axes = _IMAGE_AXES.get(input_format)
    if axes is None:
        yield (
            f"dynamic_image_size does not go with input_format {input_format}",
            "give --input_format NCHW or NHWC, or --dynamic_dims instead",
        )
        return
    for item in inputs:
        if item.open_axes and (len(item.dims) != 4 or item.open_axes != axes):
            yield (
                f"dynamic_image_size: {item} must have 4 dimensions, -1 at {axes[0]} and {axes[1]} ({input_format})",
                "write -1 for height and width alone; for others give --dynamic_dims",
            )


def _dims(gears: Gears, inputs: Sequence[InputShape], input_format: str) -> Iterator[tuple[str, str]]:
    wanted = sum(len(item.open_axes) for item in inputs)
    wrong = next((gear for gear in gears.sizes if len(gear) != wanted), None)
    if wrong is not None:
        yield (
            f"dynamic_dims: {_shown(wrong)} has {len(wrong)} of {wanted} values: input_shape has {wanted} times -1",
            "give one value for each -1, in order",
        )
    if input_format != "ND":
        yield f"dynamic_dims does not go with input_format {input_format}", "give --input_format ND, or leave it out"


_OF_KIND = {"dynamic_batch_size": _batch, "dynamic_image_size": _image, "dynamic_dims": _dims}
