"""Writing ``.om`` files: a package is made, compiled by Ascend's compiler where that is, and what comes out is checked.

Nothing is called converted unless the compiler's line, its exit code and a readable artifact with the model's inputs
agree. Where there is no compiler, the package stays as the plan.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.backends.ascend import environment
from modelwright.backends.ascend.aipp.request import looks_normalized
from modelwright.backends.ascend.borders import input_dtypes, output_dtypes
from modelwright.backends.ascend.compiling import compile_package
from modelwright.backends.ascend.interface import Port
from modelwright.backends.ascend.job import Job, read_job
from modelwright.backends.ascend.log import findings
from modelwright.backends.ascend.options import FRAMEWORK_NAMES, known_chip
from modelwright.backends.ascend.package import EXPECTED, RAW, Package, make_package
from modelwright.backends.ascend.quantized import Int8, float_form, settle_quantized
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.manifests import Asked, WriteRequest
from modelwright.backends.written import MADE_FROM, Written
from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ShapeError
from modelwright.formats import ArtifactTensor
from modelwright.hub.builder import SOURCE_KEY
from modelwright.hub.io_atomic import output_errors
from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.contradictions import find_contradictions
from modelwright.passes.functions import inline_functions
from modelwright.passes.infer_again import infer_again
from modelwright.passes.set_shapes import set_input_shapes

_LOG: Final = "compiler.log"
_SHOWN: Final = 5
_FIXED_ONLY: Final = ("Ascend310",)
"""Chips whose compilers had the limits of fixed shapes and four dimensions."""


def prepare(request: WriteRequest) -> Asked | None:
    """Gives the model the shapes that it is compiled with, and says which profile is asked about it.

    Args:
        request: The model and the options.

    Raises:
        UsageError: Settings are wrong or do not fit the model.
        ShapeError: They contradict what is inside the model.
    """
    job = read_job(request)
    _fix(request.model, job)
    if job.takes_int8:
        settle_quantized(request.model)
    if job.options.unchecked:
        return None
    strict = job.gears is None and (job.options.tool is Tool.OMG or job.options.chip in _FIXED_ONLY)
    return Asked(
        profile="ascend" if strict else "ascend-dynamic",
        operators=job.original is None,
        sizes_given=True,
        model=float_form(request.model) if job.takes_int8 else None,
    )


def write(request: WriteRequest) -> Written:
    """Makes the package, compiles it if a compiler is there, and says what came of it.

    Args:
        request: The model, the options and the source's own forms.

    Raises:
        UserError: Settings are wrong, or the compiler refuses the model.
        ToolError: A compiler that was named is not there, or fails.
        ArtifactInvalid: What it left is not what was asked for.
    """
    job = read_job(request)
    _fix(request.model, job)
    int8 = settle_quantized(request.model) if job.takes_int8 else None
    names = _source_names(request.model)
    place = environment.host(job.options.host) or environment.find(job.options.tool, job.options.home)
    folder = request.path.with_name(f"{request.path.name}.{'plan' if place is None else 'build'}")
    package = make_package(job, request.model, folder, request.scratch or folder.parent)
    notices = [*_notices(job), *_int8_notices(int8)]
    if place is None:
        reason = f"{job.options.tool} is not installed here; {folder.name} has what it needs and the command"
        return _written(job, package, files=package.files, notices=notices, planned=reason)
    compiled = compile_package(job, package, place, names)
    log = folder / _LOG
    with output_errors(request.path):
        log.write_text(compiled.log, encoding="utf-8")
        os.replace(compiled.artifact, request.path)  # noqa: PTH105  Path.replace hides that this is atomic
    notices += _warnings(compiled.log, names)
    return _written(job, package, files=(request.path, *package.files, log), notices=notices, checks=compiled.checks)


def _fix(model: ir.Model, job: Job) -> None:
    """Sets the shapes that are fixed; bodies of functions are put in place of their calls, which compilers want."""
    inline_functions(model)
    changes = set_input_shapes(model, job.fixed_shapes())
    if not changes:
        return
    infer_again(model, {})
    found = find_contradictions(model)
    if found:
        shapes = ", ".join(str(change) for change in changes)
        first, more = found[0], f" (and {len(found) - 1} more)" * (len(found) > 1)
        raise ShapeError(
            f"the model contradicts the shapes it is to be compiled with ({shapes}): {first.reason}{more}",
            hint="the model fixes these sizes inside; give other shapes, or export it again with free dimensions",
            node=first.node,
        )


def _source_names(model: ir.Model) -> dict[str, str]:
    """What the source calls the layer behind each node."""
    nodes = all_nodes(model.graph)
    return {node.name: str(node.meta[SOURCE_KEY]) for node in nodes if node.name and node.meta.get(SOURCE_KEY)}


def _written(
    job: Job,
    package: Package,
    *,
    files: tuple[Path, ...],
    notices: list[Diagnostic],
    checks: tuple[str, ...] = (),
    planned: str = "",
) -> Written:
    computed = not job.images.unknown
    return Written(
        files=files,
        checks=checks,
        notices=tuple(notices),
        inputs=_tensors(job, job.inputs, input_dtypes(job.settings)),
        outputs=_tensors(job, job.outputs, output_dtypes(job.settings)),
        stand_in=package.stand_in,
        keep=package.folder / EXPECTED if computed else None,
        raw=package.folder / RAW if computed else None,
        device=package.device,
        open_model=package.open_model,
        sizes=job.further_gears() if computed else (),
        planned=planned,
        stand_in_name=MADE_FROM if job.original is None else "the ONNX form of the model",
    )


def _tensors(job: Job, ports: Sequence[Port], dtypes: Mapping[str, str]) -> tuple[ArtifactTensor, ...]:
    """The tensors in the artifact's names, layouts and dtypes; an image has its own layout already."""
    image = job.images.port if job.images.prepared is not None else None
    return tuple(
        ArtifactTensor(
            name=port.name,
            artifact=port.artifact,
            perm=None if port == image else port.perm,
            dtype=dtypes.get(port.artifact, dtypes.get("")),
        )
        for port in ports
    )


def _notices(job: Job) -> Iterator[Diagnostic]:
    if job.original is not None:
        yield _notice(f"{job.options.tool} is given the source's own form ({FRAMEWORK_NAMES[job.framework]}), not ONNX")
    if job.options.chip and not known_chip(job.options.chip):
        yield _notice(f"{job.options.chip} is not among the chips that ATC's reference lists")
    if looks_normalized(job.options.image):
        yield Diagnostic(
            level=Level.WARNING,
            message="mean and std look like those of images from 0 to 1; the chip's images are 0 to 255",
            stage="export",
            hint="multiply both by 255",
        )
    if job.images.unknown:
        yield _notice(f"no inputs and outputs for the chip are kept: {job.images.unknown}")
    if job.images.prepared is not None and job.images.prepared.resized:
        yield _notice("images are resized by a node before the network: the chip's preprocessor cannot")


def _int8_notices(counts: Int8 | None) -> Iterator[Diagnostic]:
    """How many layers compute in int8, and which quantized ones cannot."""
    if counts is None or not (counts.taken or counts.left):
        return
    named = ", ".join(repr(name) for name in counts.left[:_SHOWN])
    more = f" and {len(counts.left) - _SHOWN} more" if len(counts.left) > _SHOWN else ""
    rest = f"; {named}{more} cannot, and {'computes' if len(counts.left) == 1 else 'compute'} in floats"
    yield _notice(f"{counts.taken} layers compute in int8 (AscendQuant, AscendDequant){rest if counts.left else ''}")


def _notice(text: str) -> Diagnostic:
    return Diagnostic(level=Level.NOTICE, message=text, stage="export")


def _warnings(log: str, names: dict[str, str]) -> Iterator[Diagnostic]:
    for item in findings(log, names):
        if item.code.startswith("W"):
            yield Diagnostic(
                level=Level.WARNING,
                message=item.text,
                stage="export",
                code=item.code,
                hint=item.solution,
                node=item.node,
            )
