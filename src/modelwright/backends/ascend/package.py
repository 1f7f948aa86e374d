"""The folder that a compilation begins with: the model, files of settings, the script, and what to check with."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.backends.ascend import lite
from modelwright.backends.ascend.aipp.nodes import add_aipp, add_resize
from modelwright.backends.ascend.aipp.request import Preprocessing
from modelwright.backends.ascend.command import AIPP_FILE, OUTPUT_STEM, Inputs, arguments, script
from modelwright.backends.ascend.job import Job
from modelwright.backends.ascend.quantized import compiled_form
from modelwright.backends.ascend.settings import SETTINGS, Tool
from modelwright.hub import io
from modelwright.hub.io_atomic import output_errors
from modelwright.hub.shapes import dims_of
from modelwright.options import OptionKind
from modelwright.passes.set_shapes import set_input_shapes

SCRIPT: Final = "build.sh"
EXPECTED: Final = "expected.npz"
RAW: Final = "expected"
_PRECISE: Final = ("force_fp32", "enforce_fp32", "origin", "enforce_origin", "must_keep_origin_dtype")
_README: Final = """\
Run `sh build.sh` where {toolkit} is installed: it compiles {model} to {artifact}{chip}.
expected/tensors.json lists inputs and outputs: give {artifact} the input files, compare with the output files{half}.
expected.npz holds the same arrays (in:<name>, out:<name>). Without verification, neither is there.
{gears}"""
_GEARS: Final = "These are of the first gear; expected/gear_* hold the same for each of the others.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A folder that is ready to be compiled.

    Attributes:
        folder: The folder.
        inputs: What the compiler is given.
        model_files: The model's files, further ones of weights among them.
        script: The script that compiles.
        readme: What to do, in three lines.
        arguments: The compiler's arguments.
        stand_in: The ONNX model in one fixed size, to be compared with the source.
        device: The ONNX model with the chip's preprocessing before it, or None.
        open_model: The ONNX model whose sizes are those of all gears, or None where there is one size.
    """

    folder: Path
    inputs: Inputs
    model_files: tuple[Path, ...]
    script: Path
    readme: Path
    arguments: tuple[str, ...]
    stand_in: Path
    device: Path | None
    open_model: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that stay."""
        return (self.script, *self.model_files, *self.inputs.side.values(), self.readme)

    @property
    def needed(self) -> tuple[Path, ...]:
        """The files that the script needs."""
        return (*self.model_files, *self.inputs.side.values())


def make_package(job: Job, model: ir.Model, folder: Path, scratch: Path) -> Package:
    """Writes the folder.

    Args:
        job: What is compiled.
        model: The hub model, its fixed shapes set; it is changed.
        folder: The folder, which must not be there.
        scratch: A folder for models that only the comparison needs.

    Raises:
        OutputError: It cannot be written.
    """
    with output_errors(folder):
        folder.mkdir()
    side = _side_files(job, folder)
    open_model = io.save(model, scratch / "open.onnx")[0] if job.further_gears() else None
    files, stand_in, device = _models(job, model, folder, scratch)
    weight = files[1] if job.framework == 0 else None
    inputs = Inputs(model=files[0], weight=weight, side=side)
    made, readme = folder / SCRIPT, folder / "README.txt"
    with output_errors(folder):
        given, text = _command(job, inputs, folder)
        made.write_text(text, encoding="utf-8")
        made.chmod(0o755)
        readme.write_text(_readme(job, inputs.model), encoding="utf-8")
    return Package(
        folder=folder,
        inputs=inputs,
        model_files=files,
        script=made,
        readme=readme,
        arguments=given,
        stand_in=stand_in,
        device=device,
        open_model=open_model,
    )


def _command(job: Job, inputs: Inputs, folder: Path) -> tuple[tuple[str, ...], str]:
    """The arguments and the script; for ``converter_lite`` its configuration file is written, too."""
    if job.options.tool is not Tool.LITE:
        given = tuple(arguments(job.case, inputs, dict(job.settings)))
        return given, script(job.options.tool, job.options.chip, inputs, given)
    shapes = job.images.compiled_shapes(job.shapes)
    text = lite.config(job.settings, shapes, job.gears, inputs.side)
    inputs.side[lite.CONFIG] = folder / lite.CONFIG
    inputs.side[lite.CONFIG].write_text(text, encoding="utf-8")
    given = tuple(lite.arguments(job.framework, inputs.model, inputs.weight, job.settings, shapes))
    return given, lite.script(inputs.model, given)


def _readme(job: Job, model: Path) -> str:
    mode = job.settings.get("precision_mode", job.settings.get("precision_mode_v2", "force_fp16"))
    half = "" if mode in _PRECISE else ", to about 0.01 of their scale: float16"
    chip = f" for {job.options.chip}" if job.options.chip else ""
    artifact = job.artifact_name
    toolkit = "MindSpore Lite's converter_lite" if job.options.tool is Tool.LITE else "Ascend's toolkit"
    gears = _GEARS if job.further_gears() else ""
    return _README.format(model=model.name, artifact=artifact, chip=chip, half=half, toolkit=toolkit, gears=gears)


def _side_files(job: Job, folder: Path) -> dict[str, Path]:
    """Copies of the settings' files under names of ours; the preprocessing that the options ask for is written."""
    found: dict[str, Path] = {}
    for setting in SETTINGS:
        if setting.kind is not OptionKind.FILE or setting.name not in job.settings:
            continue
        source = Path(job.settings[setting.name])
        own = setting.name == "insert_op_conf"
        place = folder / (AIPP_FILE if own else f"{setting.name}{source.suffix}")
        with output_errors(place):
            if own and job.images.prepared is not None and not job.images.given:
                place.write_text(job.images.prepared.aipp.text(), encoding="utf-8")
            else:
                shutil.copyfile(source, place)
        found[setting.name] = place
    return found


def _models(job: Job, model: ir.Model, folder: Path, scratch: Path) -> tuple[tuple[Path, ...], Path, Path | None]:
    """The compiler's model, the stand-in, and the model with preprocessing.

    The order matters: what is added to the hub stays.
    """
    opened = job.gears is not None or any(item.has_range or item.open_axes for item in job.shapes)
    prepared, port = job.images.prepared, job.images.port
    files = () if job.original is None else job.original.write(folder, OUTPUT_STEM)
    resized = prepared is not None and prepared.resized
    form = model if resized else _form(job, model)
    if job.original is None and not resized:
        files = io.save(form, folder / f"{OUTPUT_STEM}.onnx")
    stand_in, device = files[0] if files else folder, None
    if opened or resized or job.original is not None or form is not model:
        with _sized(model, job.first_gear()):
            stand_in = io.save(model, scratch / "stand_in.onnx")[0]
    if prepared is not None and port is not None:
        last = _hub_channels_last(job)
        if prepared.resized:
            add_resize(model, port.name, prepared.aipp.output_size, channels_last=last)
            files = files or io.save(_form(job, model), folder / f"{OUTPUT_STEM}.onnx")
        shapes = job.first_gear(compiled=True)
        set_input_shapes(model, shapes)
        add_aipp(model, port.name, _at_size(prepared, shapes[port.name], last=last), channels_last=last)
        device = io.save(model, scratch / "device.onnx")[0]
    return files, stand_in, device


def _form(job: Job, model: ir.Model) -> ir.Model:
    """The model in the compiler's own operators, where it takes quantized ones."""
    return compiled_form(model) if job.takes_int8 else model


def _at_size(prepared: Preprocessing, shape: tuple[int, ...], *, last: bool) -> Preprocessing:
    """The preprocessing at the first gear's size, where gears decide."""
    if prepared.aipp.height:
        return prepared
    height, width = shape[1:3] if last else shape[2:4]
    return replace(prepared, aipp=replace(prepared.aipp, height=height, width=width))


def _hub_channels_last(job: Job) -> bool:
    port = job.images.port
    if port is None or port.perm is None:
        return job.images.channels_last
    return port.perm != (0, 2, 3, 1)


@contextmanager
def _sized(model: ir.Model, shapes: Mapping[str, tuple[int, ...]]) -> Generator[None]:
    """Gives inputs these shapes inside the block."""
    before = {value.name or "": dims_of(value.shape) for value in model.graph.inputs}
    set_input_shapes(model, shapes)
    try:
        yield
    finally:
        set_input_shapes(model, {name: dims for name in shapes if (dims := before[name]) is not None})
