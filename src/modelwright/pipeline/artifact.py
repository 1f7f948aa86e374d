"""What can be said of an artifact: run where it runs, else the model it was made from, else nothing but why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.backends.manifests import BackendManifest, backend_named
from modelwright.backends.written import Written
from modelwright.diagnostics import Status, Verification
from modelwright.errors import ArtifactInvalid, InternalError
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.manifest import Imported
from modelwright.pipeline.recipe import Recipe, target_python
from modelwright.pipeline.verification import Subject, verify

if TYPE_CHECKING:
    from modelwright.pipeline.quantizing import QuantizedModel
    from modelwright.verify.runners.isolated import IsolatedRuntime
    from modelwright.verify.runners.runner import Runner


def left_out(written: Written) -> Verification:
    """What is said of an artifact that was not run because the recipe says so."""
    if written.planned:
        return Verification(status=Status.PLANNED, checks=written.checks, reason=written.planned)
    reason = "it was not run, as asked (--no_verify)"
    return Verification(status=Status.UNVERIFIED, checks=written.checks, reason=reason)


def verify_written(
    recipe: Recipe,
    imported: Imported,
    written: Written,
    *,
    hub: Mapping[str, TensorSpec],
    runtime: IsolatedRuntime | None = None,
    quantized: QuantizedModel | None = None,
) -> Verification:
    """The verdict on what a backend wrote.

    Args:
        recipe: The settled recipe.
        imported: The source as imported.
        written: What the backend says it wrote.
        hub: The model's inputs and outputs as the hub has them, by name.
        runtime: The process in which ONNX files run; None for this one.
        quantized: What the run's quantization did, if it had that step.

    Returns:
        ``PLANNED`` where the vendor's tool did not run and nothing was found wrong with the model for it.

    Raises:
        ArtifactInvalid: The artifact does not load or run.
        ReferenceDataError: The reference file does not fit.
        ToolError: The interpreter named cannot run the source.
    """
    if quantized is not None:
        written = replace(written, quantized=quantized.rounds, calibrated=quantized.reference)
    here = None if runtime is None else runtime.open
    verdict = _verdict(recipe, imported, written, hub, here=here)
    if not recipe.verify.layers:
        return verdict
    from modelwright.pipeline.layers import compare_layers

    return replace(verdict, layers=compare_layers(recipe, written))


def advice(written: Written, quantized: QuantizedModel | None, output: Path) -> str:
    """What to do about a result that differs.

    Args:
        written: What the backend says of it.
        quantized: What was quantized, if something was.
        output: Where it will stand.
    """
    kept = f"the {'plan' if written.planned else 'result'} is kept: {output}"
    mixes = quantized is not None and quantized.mixes
    return f"--min-cosine 0.99 keeps in float what needs it; {kept}" if mixes else kept


def _verdict(
    recipe: Recipe,
    imported: Imported,
    written: Written,
    hub: Mapping[str, TensorSpec],
    *,
    here: Callable[[Path], Runner] | None,
) -> Verification:
    backend = backend_named(recipe.output.target or Format.ONNX.value)
    if backend.name == Format.ONNX.value:
        return verify(recipe, imported, _subject(written, written.files[0]), load=here)
    if written.planned:
        found = _stand_in(recipe, imported, written, hub, here=here)
        status = Status.FAILED if found.status is Status.FAILED else Status.PLANNED
        reason = found.reason if status is Status.FAILED else written.planned
        return replace(found, status=status, reason=reason, latency_ms=None)
    reason = backend.cannot_run or f"nothing here runs {backend.label} files"
    if backend.runner is not None:
        subject = _subject(written, written.files[0])
        found = verify(recipe, imported, subject, load=_loader(recipe, backend, written, hub))
        if found.runner or written.stand_in is None:
            return found
        reason = found.reason
    found = _stand_in(recipe, imported, written, hub, here=here)
    if found.status is Status.UNVERIFIED and found.outputs:
        close = f"{written.stand_in_name} rounds between layers, so that its outputs only come close"
        return replace(found, reason=f"{reason}; {close}", latency_ms=None)
    if found.status is not Status.VERIFIED:
        return found if found.status is Status.FAILED else replace(found, reason=reason)
    return replace(
        found,
        status=Status.UNVERIFIED,
        reason=f"{reason}; {_made_from(written)} {found.method}",
        latency_ms=None,
    )


def _made_from(written: Written) -> str:
    if written.stand_in_chain:
        return "the ONNX models of its parts, run one after the other, match"
    return f"{written.stand_in_name} matches"


def _subject(written: Written, path: Path) -> Subject:
    return Subject(
        path=path,
        checks=written.checks,
        rtol=written.rtol,
        rounds_between_layers=written.rounds_between_layers,
        keep=None if written.device is not None else written.keep,
        quantized=written.quantized,
        calibrated=written.calibrated,
    )


def _stand_in(
    recipe: Recipe,
    imported: Imported,
    written: Written,
    hub: Mapping[str, TensorSpec],
    *,
    here: Callable[[Path], Runner] | None,
) -> Verification:
    if written.stand_in is None:
        return Verification(status=Status.UNVERIFIED, checks=written.checks)
    load = here
    if written.stand_in_chain:
        load = _chain(written, hub)
    elif written.stand_in_alike and (written.inputs or written.outputs):
        load = _adapted(written, hub, _load_here)
    subject = _subject(written, written.stand_in)
    try:
        try:
            return verify(recipe, imported, subject, load=load)
        except ArtifactInvalid:
            if load is not here or here is None:
                raise
        return verify(recipe, imported, subject, load=_load_here)
    except ArtifactInvalid as error:
        if not _source_does_not_load(recipe):
            raise
        reason = f"ONNX Runtime runs neither the source nor what was made of it: {error.message}"
        return Verification(status=Status.UNVERIFIED, checks=written.checks, reason=reason)


def _source_does_not_load(recipe: Recipe) -> bool:
    """Whether the source is an ONNX model that ONNX Runtime itself refuses, so that its refusal tells nothing."""
    if recipe.source.format != Format.ONNX.value:
        return False
    try:
        _load_here(Path(recipe.source.path))
    except ArtifactInvalid:
        return True
    return False


def _load_here(path: Path) -> Runner:
    from modelwright.verify.runners.onnxruntime import load_leniently

    return load_leniently(path)


def _chain(written: Written, hub: Mapping[str, TensorSpec]) -> Callable[[Path], Runner]:
    """Loads all parts; the outputs of the whole are the hub's, in its order."""

    def load(_: Path) -> Runner:
        from modelwright.verify.runners.chain import ChainRunner

        runners = [_load_here(path) for path in written.stand_in_chain]
        made = {spec.name for runner in runners for spec in runner.outputs}
        return ChainRunner(runners, [name for name in hub if name in made])

    return load


def _loader(
    recipe: Recipe, backend: BackendManifest, written: Written, hub: Mapping[str, TensorSpec]
) -> Callable[[Path], Runner]:
    if backend.runner is None:
        raise InternalError(f"target {backend.name} has no runner")

    return _adapted(written, hub, lambda path: backend.load(path, target_python(recipe, backend)))


def _adapted(
    written: Written, hub: Mapping[str, TensorSpec], load: Callable[[Path], Runner]
) -> Callable[[Path], Runner]:
    def adapted(path: Path) -> Runner:
        from modelwright.verify.runners.adapted import AdaptedRunner

        return AdaptedRunner(load(path), written.inputs, written.outputs, hub)

    return adapted
