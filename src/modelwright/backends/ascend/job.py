"""What is to be compiled, settled and checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import onnx_ir as ir

from modelwright.backends.ascend.command import OUTPUT_STEM
from modelwright.backends.ascend.gears import Gears, read_gears
from modelwright.backends.ascend.images import Images, settle_images
from modelwright.backends.ascend.interface import Port, chosen_format, settle_shapes
from modelwright.backends.ascend.lite import CONVERTED
from modelwright.backends.ascend.options import AscendOptions, Problem, read_options, refuse
from modelwright.backends.ascend.outputs import settle_outputs
from modelwright.backends.ascend.rules import Case, problems
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.ascend.shapes import OPEN, AtcDim, InputShape, parse_input_shape
from modelwright.backends.manifests import WriteRequest
from modelwright.backends.written import Sizes
from modelwright.errors import UsageError
from modelwright.formats import Original, OriginalKind
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import dims_of

OLDEST_OPSET, NEWEST_OPSET = 8, 18
"""Opsets that ATC knows."""

_STRAIGHT = {OriginalKind.CAFFE: 0, OriginalKind.MINDIR: 1, OriginalKind.FROZEN_GRAPH: 3}
_ONLY_LITE = 1
"""MindIR, which ATC does not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A compilation.

    Attributes:
        options: What the user asked.
        framework: 0 Caffe, 1 MindIR, 3 TensorFlow, 5 ONNX.
        original: The source's own form that is compiled; None for the hub's ONNX.
        inputs: The model's inputs.
        outputs: Its outputs that the artifact has, in order.
        shapes: The shapes of all inputs, in the compiler's layout.
        input_format: The layout that the compiler is told.
        gears: The gears, or None.
        images: What is done to images on the chip.
        settings: The settings that are given to the compiler, files aside.
    """

    options: AscendOptions
    framework: int
    original: Original | None
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    shapes: tuple[InputShape, ...]
    input_format: str
    gears: Gears | None
    images: Images
    settings: Mapping[str, str]

    @property
    def case(self) -> Case:
        """What the rules look at."""
        return Case(
            tool=self.options.tool,
            framework=self.framework,
            settings=self.settings,
            inputs=self.shapes,
            input_format=self.input_format,
            gears=self.gears,
            image_input=self.images.input_name,
        )

    @property
    def artifact_name(self) -> str:
        """Name of the file that the compiler leaves."""
        return f"{CONVERTED}.mindir" if self.options.tool is Tool.LITE else f"{OUTPUT_STEM}.om"

    @property
    def takes_int8(self) -> bool:
        """Whether quantized models are brought to the compiler's own operators."""
        return self.original is None and self.options.tool is Tool.ATC

    def fixed_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes in the hub's names and layouts of the inputs that are compiled for one size."""
        return self._hub_shapes([item for item in self.shapes if not (item.open_axes or item.has_range)])

    def first_gear(self, *, compiled: bool = False) -> dict[str, tuple[int, ...]]:
        """Shapes in the hub's names and layouts in the first gear, or at the ranges' beginnings.

        Args:
            compiled: Of the compiled network, which may begin with a Resize that the model does not have.
        """
        shapes = self.images.compiled_shapes(self.shapes) if compiled else self.shapes
        return self._hub_shapes(shapes) if self.gears is None else self._in_gear(self.gears, shapes, 0)

    def further_gears(self) -> tuple[Sizes, ...]:
        """The other gears, for networks that get no images on the chip, whose preprocessing has one size."""
        if self.gears is None or self.images.prepared is not None or self.images.unknown:
            return ()
        return tuple(
            Sizes(name="gear_" + "_".join(map(str, gear)), shapes=self._in_gear(self.gears, self.shapes, number))
            for number, gear in enumerate(self.gears.sizes)
            if number
        )

    def _in_gear(self, gears: Gears, shapes: Sequence[InputShape], number: int) -> dict[str, tuple[int, ...]]:
        sized = gears.shapes(shapes, number)
        return self._hub_shapes([InputShape(name=name, dims=dims) for name, dims in sized.items()])

    def _hub_shapes(self, shapes: Sequence[InputShape]) -> dict[str, tuple[int, ...]]:
        by_name = {item.name: tuple(_lowest(dim) for dim in item.dims) for item in shapes}
        return {
            port.name: tuple(_lowest(dim) for dim in port.to_hub(by_name[port.artifact]))
            for port in self.inputs
            if port.artifact in by_name
        }


def _lowest(dim: AtcDim) -> int:
    """The smallest size that a dimension may have."""
    if isinstance(dim, tuple):
        return max(dim[0], 1)
    return 1 if dim == OPEN else dim


def read_job(request: WriteRequest) -> Job:
    """Settles what is compiled; every setting that does not fit is named at once.

    Args:
        request: The model and the options.

    Raises:
        UsageError: Settings are wrong or do not fit the model.
    """
    options, found = read_options(request.options)
    found += _path_problems(request.path, options.tool)
    framework, original = _route(options, request.originals)
    graph = request.model.graph
    inputs = _ports([value for value in graph.inputs if value.const_value is None], original, node_names=True)
    outputs = _ports(graph.outputs, original, node_names=False)
    found += [*_name_problems(inputs), *_type_problems(graph), *_opset_problems(request.model, framework)]
    gears, shapes = _sizes(options, inputs, found)
    asked = bool(options.image) or "insert_op_conf" in options.settings
    input_format = chosen_format(framework, options.settings, shapes, image=asked)
    images = Images()
    if not found:
        straight = original is not None
        images, more = settle_images(options, inputs, shapes, input_format, gears, straight=straight)
        found += more
    chosen, out_nodes, more = settle_outputs(options.settings, outputs, graph, straight=original is not None)
    found += more
    job = Job(
        options=options,
        framework=framework,
        original=original,
        inputs=inputs,
        outputs=chosen,
        shapes=shapes,
        input_format=input_format,
        gears=gears,
        images=images,
        settings=_settings(options, images, out_nodes),
    )
    refuse([*found, *problems(job.case)], options.tool)
    return _told(job)


_RANGES = "input_shape_range"


def _sizes(
    options: AscendOptions, inputs: Sequence[Port], found: list[Problem]
) -> tuple[Gears | None, tuple[InputShape, ...]]:
    """The gears, and the shapes of all inputs; what is wrong with them joins what was found."""
    gears = _tried(found, lambda: read_gears(options.settings), None)
    setting = _RANGES if _RANGES in options.settings else "input_shape"
    text = options.settings.get(setting)
    given = _tried(found, lambda: parse_input_shape(text, setting) if text else (), ())
    shapes, more = settle_shapes(inputs, given, geared=gears is not None)
    found += more
    return gears, shapes


def _told(job: Job) -> Job:
    """The job with the shapes and the layout among its settings, as the compiler is told them."""
    compiled = job.images.compiled_shapes(job.shapes)
    settings = {**job.settings, "input_format": job.input_format}
    if _RANGES in settings:
        settings[_RANGES] = ";".join(item.bracketed for item in compiled)
    elif compiled:
        settings["input_shape"] = ";".join(str(item) for item in compiled)
    return replace(job, settings=settings)


_T = TypeVar("_T")


def _tried(found: list[Problem], make: Callable[[], _T], default: _T) -> _T:
    """What ``make`` makes; if it refuses, its reason joins the others."""
    try:
        return make()
    except UsageError as error:
        found.append((error.message, error.hint))
        return default


def _settings(options: AscendOptions, images: Images, out_nodes: str) -> dict[str, str]:
    settings = dict(options.settings)
    if images.prepared is not None:
        settings["insert_op_conf"] = ""
    if out_nodes:
        settings["out_nodes"] = out_nodes
    return settings


_FORMS = {0: "a prototxt with its caffemodel", 1: "a MindIR file for converter_lite", 3: "a TensorFlow model"}
"""What the source is in its own form."""


def _route(options: AscendOptions, originals: Sequence[Original]) -> tuple[int, Original | None]:
    """The framework whose model is compiled: the source's own, unless the user wants another."""
    straight = {_STRAIGHT[item.kind]: item for item in originals}
    if options.tool is not Tool.LITE:
        straight.pop(_ONLY_LITE, None)
    wanted = options.framework if options.framework is not None else next(iter(straight), 5)
    if wanted == 5:
        if options.tool is Tool.OMG:
            raise UsageError(
                "omg takes Caffe and TensorFlow models only", hint="compile with atc, or convert the source itself"
            )
        return 5, None
    if wanted not in straight:
        what = _FORMS[wanted]
        raise UsageError(
            f"framework is {wanted}, but the source is not {what} as it is",
            hint="leave --framework out, or give 5 (ONNX)",
        )
    return wanted, straight[wanted]


def _ports(values: Sequence[ir.Value], original: Original | None, *, node_names: bool) -> tuple[Port, ...]:
    found: list[Port] = []
    for value in values:
        name = value.name or ""
        artifact = original.names.get(name, name) if original is not None else name
        if original is not None and original.kind is OriginalKind.FROZEN_GRAPH and node_names:
            artifact = artifact.removesuffix(":0")
        dims = dims_of(value.shape)
        perm = original.perms.get(name) if original is not None else None
        seen = dims if dims is None or perm is None else tuple(dims[axis] for axis in perm)
        found.append(Port(name=name, artifact=artifact, dims=seen, dtype=dtype_name(value.dtype), perm=perm))
    return tuple(found)


def _path_problems(path: Path, tool: Tool) -> list[Problem]:
    """The ending that the artifact must have."""
    wanted = ".mindir" if tool is Tool.LITE else ".om"
    if path.suffix.lower() == wanted:
        return []
    return [(f"{path.name}: {tool} makes files that end in {wanted}", f"name the output {path.stem}{wanted}")]


def _name_problems(inputs: Sequence[Port]) -> list[Problem]:
    return [
        (
            f"input {port.artifact!r} has a name that the compiler's command line cannot hold",
            "rename it: --rename-inputs",
        )
        for port in inputs
        if any(char in port.artifact for char in ";,\"' \t\n")
    ]


def _type_problems(graph: ir.Graph) -> list[Problem]:
    """Inputs and outputs that are no tensors."""
    found = [("input", value) for value in graph.inputs] + [("output", value) for value in graph.outputs]
    return [
        (
            f"{kind} {value.name!r} is of type {value.type}; compilers take tensors only",
            "cut the model: --inputs, --outputs",
        )
        for kind, value in found
        if not isinstance(value.type, ir.TensorType | None)
    ]


def _opset_problems(model: ir.Model, framework: int) -> list[Problem]:
    """Opsets that ATC does not know; a model of other domains alone has none."""
    opset = model.graph.opset_imports.get("", 0)
    known = framework != 5 or opset == 0 or OLDEST_OPSET <= opset <= NEWEST_OPSET
    return [] if known else [_opset_problem(opset)]


def _opset_problem(opset: int) -> Problem:
    return (
        f"the model is of opset {opset}, ATC knows {OLDEST_OPSET} to {NEWEST_OPSET}",
        f"give --opset {NEWEST_OPSET} or older",
    )
