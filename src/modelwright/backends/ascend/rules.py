"""How settings go together: what excludes what, what needs what, as ATC checks it before it reads the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelwright.backends.ascend.gears import KINDS, Gears, gear_problems
from modelwright.backends.ascend.options import FRAMEWORK_NAMES, Problem
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.ascend.shapes import InputShape, parse_out_nodes

FORMATS: Final = {
    0: ("NCHW", "ND"),
    1: ("NCHW", "NHWC", "ND"),
    3: ("NCHW", "NHWC", "ND", "NCDHW", "NDHWC"),
    5: ("NCHW", "ND", "NCDHW"),
}
"""Layouts of inputs by framework."""

_ONLY_ONE: Final = (
    ("precision_mode", "precision_mode_v2", "give the one that your CANN knows"),
    ("op_precision_mode", "op_select_implmode", "the file decides for every operator: leave op_select_implmode out"),
    ("op_precision_mode", "optypelist_for_implmode", "the file decides for every operator: leave the list out"),
    ("enable_compress_weight=true", "compress_weight_conf", "compress all weights or those of the file"),
    ("dynamic_dims", "insert_op_conf", "preprocess outside, or give --dynamic_image_size"),
    ("input_shape_range", "insert_op_conf", "preprocess outside, or fix the shape"),
)
"""Pairs that exclude each other, with a remedy."""

_NEEDS: Final = (
    ("optypelist_for_implmode", "op_select_implmode"),
    ("is_input_adjust_hw_layout", "input_fp16_nodes"),
    ("is_output_adjust_hw_layout", "out_nodes"),
)
"""Settings that do nothing without another one."""

_OF_FRAMEWORK: Final = {"op_name_map": 0, "save_original_model": 0, "enable_scope_fusion_passes": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the rules look at.

    Attributes:
        tool: The compiler.
        framework: 0 Caffe, 1 MindIR, 3 TensorFlow, 5 ONNX.
        settings: Settings by name; ``insert_op_conf`` is there too when the preprocessing is ours.
        inputs: Shapes of all inputs, as they will be given.
        input_format: The layout that will be given.
        gears: The gears, or None.
        image_input: The input that is preprocessed on the chip, or None.
    """

    tool: Tool
    framework: int
    settings: Mapping[str, str]
    inputs: Sequence[InputShape]
    input_format: str
    gears: Gears | None = None
    image_input: str | None = None


def problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the settings together: messages with remedies."""
    yield from _exclusions(case)
    yield from _needs(case)
    yield from _layout(case)
    yield from _half_inputs(case)
    yield from _outputs(case)
    yield from _shapes(case)


def _exclusions(case: Case) -> Iterator[Problem]:
    for first, second, remedy in _ONLY_ONE:
        if _given(case.settings, first) and _given(case.settings, second):
            yield f"{first} and {second} exclude each other", remedy
    ranged = [kind for kind in KINDS if kind in case.settings]
    if "input_shape_range" in case.settings and (ranged or "input_shape" in case.settings):
        other = ranged[0] if ranged else "input_shape"
        yield f"input_shape_range and {other} exclude each other", "give ranges, or a shape with gears"


def _given(settings: Mapping[str, str], term: str) -> bool:
    name, equals, value = term.partition("=")
    return name in settings and (not equals or settings[name] == value)


def _needs(case: Case) -> Iterator[Problem]:
    for setting, needed in _NEEDS:
        if setting in case.settings and needed not in case.settings:
            yield f"{setting} does nothing without {needed}", f"give --{needed} too, or leave it out"
    mode = case.settings.get("op_select_implmode", "")
    if "optypelist_for_implmode" in case.settings and mode.endswith("_for_all"):
        yield (
            f"optypelist_for_implmode does not go with {mode}",
            f"give --op_select_implmode {mode.removesuffix('_for_all')}",
        )
    for setting, framework in _OF_FRAMEWORK.items():
        if setting in case.settings and framework != case.framework:
            yield f"{setting} is for {FRAMEWORK_NAMES[framework]} models", "leave it out"


def _layout(case: Case) -> Iterator[Problem]:
    allowed = FORMATS[case.framework]
    if case.input_format not in allowed:
        yield (
            f"input_format {case.input_format} does not go with a {FRAMEWORK_NAMES[case.framework]} model",
            f"give one of {', '.join(allowed)}",
        )
    rank = {"NCHW": 4, "NHWC": 4, "NCDHW": 5, "NDHWC": 5}.get(case.input_format)
    if rank == 5 and not any(len(item.dims) == 5 for item in case.inputs):
        yield f"input_format is {case.input_format}, but no input has 5 dimensions", "give NCHW, or leave it out"


def _half_inputs(case: Case) -> Iterator[Problem]:
    """Inputs in float16, and how many say whether their layout is the chip's."""
    nodes = [name for name in case.settings.get("input_fp16_nodes", "").split(";") if name]
    names = [item.name for item in case.inputs]
    for name in nodes:
        if name not in names:
            yield f"input_fp16_nodes: there is no input {name!r}", f"the inputs are {', '.join(names)}"
        elif name == case.image_input:
            yield f"input {name!r} cannot be float16 and preprocessed on the chip", "leave it out of --input_fp16_nodes"
    for setting, count in (
        ("is_input_adjust_hw_layout", len(nodes)),
        ("is_output_adjust_hw_layout", len(_out_nodes(case))),
    ):
        values = case.settings[setting].split(",") if setting in case.settings else []
        if any(value not in ("true", "false") for value in values):
            yield f"{setting} is {case.settings[setting]!r}", "write true or false for each, separated by commas"
        elif values and count and len(values) != count:
            yield f"{setting} has {len(values)} values for {count} tensors", "give one value for each"


def _out_nodes(case: Case) -> tuple[str, ...]:
    return (
        tuple(str(node) for node in parse_out_nodes(case.settings["out_nodes"])) if "out_nodes" in case.settings else ()
    )


def _outputs(case: Case) -> Iterator[Problem]:
    """Types stated for outputs that are not wanted."""
    wanted = _out_nodes(case)
    for part in case.settings.get("output_type", "").split(";"):
        node = part.rpartition(":")[0]
        if node and wanted and node not in wanted:
            yield f"output_type: {node} is not among out_nodes", f"the outputs are {', '.join(wanted)}"


def _shapes(case: Case) -> Iterator[Problem]:
    if case.gears is not None:
        yield from gear_problems(
            case.gears,
            case.inputs,
            input_format=case.input_format,
            soc_version=case.settings.get("soc_version", ""),
        )
    opened = [item for item in case.inputs if item.open_axes or item.has_range]
    if case.tool is Tool.OMG and opened:
        yield f"omg takes fixed shapes only, {opened[0]} is open", "give --input_shape with sizes"
    elif case.gears is None and opened and case.image_input in [item.name for item in opened]:
        yield (
            f"input {case.image_input!r} is preprocessed on the chip and has an open shape",
            "fix its shape, or give --dynamic_batch_size or --dynamic_image_size",
        )
