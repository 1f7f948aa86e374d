"""Images at the model's input: what the options or a file of the user's say the chip does to them first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelwright.backends.ascend.aipp.read import AippOp, as_aipp, read_file
from modelwright.backends.ascend.aipp.request import ImageInput, Preprocessing, build
from modelwright.backends.ascend.gears import Gears
from modelwright.backends.ascend.interface import Port
from modelwright.backends.ascend.options import AscendOptions, Problem
from modelwright.backends.ascend.shapes import InputShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The preprocessing of one input.

    Attributes:
        port: The input, or None when nothing is preprocessed or more than one input is.
        channels_last: Whether its layout, as the compiler sees it, is NHWC.
        prepared: What is done, as far as it can be computed here; None when it cannot or nothing is done.
        given: Whether the user gave the file.
        unknown: Why it cannot be computed here; empty when it can.
    """

    port: Port | None = None
    channels_last: bool = False
    prepared: Preprocessing | None = None
    given: bool = False
    unknown: str = ""

    @property
    def input_name(self) -> str | None:
        """The compiler's name of the input, or None."""
        return None if self.port is None else self.port.artifact

    def compiled_shapes(self, shapes: Sequence[InputShape]) -> tuple[InputShape, ...]:
        """The shapes that the compiler is told: where the network resizes first, the size that it then takes."""
        if self.prepared is None or not self.prepared.resized:
            return tuple(shapes)
        size = self.prepared.aipp.output_size
        return tuple(
            _resized(item, size, last=self.channels_last) if item.name == self.input_name else item for item in shapes
        )


def _resized(shape: InputShape, size: tuple[int, int], *, last: bool) -> InputShape:
    dims = (shape.dims[0], *size, shape.dims[3]) if last else (*shape.dims[:2], *size)
    return InputShape(name=shape.name, dims=dims)


def settle_images(
    options: AscendOptions,
    inputs: Sequence[Port],
    shapes: Sequence[InputShape],
    input_format: str,
    gears: Gears | None,
    *,
    straight: bool,
) -> tuple[Images, list[Problem]]:
    """What is done to images, and what is wrong with it.

    Args:
        options: What the user asked.
        inputs: The model's inputs.
        shapes: Their shapes, in the compiler's layout.
        input_format: The layout that the compiler is told.
        gears: The gears, or None.
        straight: Whether the source's own form is compiled, to which no node can be added.

    Raises:
        UsageError: An option is malformed.
    """
    given = options.settings.get("insert_op_conf")
    if given is not None and options.image:
        names = ", ".join(options.image)
        return Images(), [(f"insert_op_conf and {names} both say how images are preprocessed", "give one of them")]
    last = input_format == "NHWC"
    if given is not None:
        operators = read_file(Path(given))
        return _from_file(operators, inputs, shapes, last=last)
    if not options.image:
        return Images(), []
    index, problems = _chosen(options, inputs, shapes, last=last)
    if index is None:
        return Images(), problems
    sized = gears is not None and gears.kind == "dynamic_image_size"
    prepared = build(options.image, _target(index, shapes[index], last=last), geared=sized)
    problems = [*problems, *prepared.aipp.problems()]
    if prepared.resized and straight:
        problems.append(
            (
                "resize: the chip's preprocessor cannot resize, and no node can be added to the source's own form",
                "compile through ONNX: --framework 5",
            )
        )
    return Images(port=inputs[index], channels_last=last, prepared=prepared), problems


def _target(index: int, shape: InputShape, *, last: bool) -> ImageInput:
    sizes = [dim if isinstance(dim, int) and dim > 0 else 0 for dim in shape.dims]
    height, width, channels = (sizes[1], sizes[2], sizes[3]) if last else (sizes[2], sizes[3], sizes[1])
    return ImageInput(name=shape.name, index=index, channels=channels, height=height, width=width)


def _takes_images(shape: InputShape, *, last: bool) -> bool:
    return len(shape.dims) == 4 and shape.dims[3 if last else 1] in (1, 3)


def _chosen(
    options: AscendOptions, inputs: Sequence[Port], shapes: Sequence[InputShape], *, last: bool
) -> tuple[int | None, list[Problem]]:
    """The input that takes images: the one named, else the only one that can."""
    named = options.image.get("image_input")
    able = [index for index, shape in enumerate(shapes) if _takes_images(shape, last=last)]
    layout = "N,H,W,C" if last else "N,C,H,W"
    if named is not None:
        index = next((place for place, port in enumerate(inputs) if named in (port.name, port.artifact)), None)
        if index is None:
            return None, [(f"image_input: there is no input {named!r}", f"give one of {', '.join(_names(inputs))}")]
        able = [index] if index in able else []
    if len(able) == 1:
        return able[0], []
    if not able:
        return None, [
            (
                f"no input takes images: [{layout}] with 1 or 3 channels",
                "the compiler's layout of an ONNX model is NCHW: convert with --inputs-as-nchw",
            )
        ]
    return None, [("several inputs could take the images", f"say which: --image_input {shapes[able[0]].name}")]


def _names(inputs: Sequence[Port]) -> list[str]:
    return [port.artifact for port in inputs]


def _from_file(
    operators: Sequence[AippOp], inputs: Sequence[Port], shapes: Sequence[InputShape], *, last: bool
) -> tuple[Images, list[Problem]]:
    beyond = [op.input_index for op in operators if op.input_index >= len(inputs)]
    if beyond:
        return Images(given=True), [
            (
                f"insert_op_conf: related_input_rank {beyond[0]} is beyond the model's {len(inputs)} inputs",
                "count from 0",
            )
        ]
    if len(operators) != 1:
        return Images(given=True, unknown="several inputs are preprocessed on the chip"), []
    index = operators[0].input_index
    shape = shapes[index]
    if not _takes_images(shape, last=last) or shape.open_axes:
        return Images(port=inputs[index], given=True, unknown="the preprocessed input has no fixed image size"), []
    target = _target(index, shape, last=last)
    aipp = as_aipp(operators[0], (target.height, target.width), target.channels)
    if aipp is None:
        return Images(port=inputs[index], given=True, unknown="this preprocessing is not computed here"), []
    prepared = Preprocessing(aipp=aipp, resized=False)
    return Images(port=inputs[index], channels_last=last, prepared=prepared, given=True), []
