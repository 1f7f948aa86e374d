"""What can be said of an artifact: run where it runs, else the model it was made from, else nothing but why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.backends.manifests import BackendManifest, Written, backend_named
from modelwright.diagnostics import Status, Verification
from modelwright.errors import InternalError
from modelwright.formats import Format
from modelwright.frontends.manifest import Imported
from modelwright.pipeline.recipe import Recipe
from modelwright.pipeline.verification import Subject, verify

if TYPE_CHECKING:
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
    dtypes: Mapping[str, str],
    runtime: IsolatedRuntime | None = None,
) -> Verification:
    """The verdict on what a backend wrote.

    Args:
        recipe: The settled recipe.
        imported: The source as imported.
        written: What the backend says it wrote.
        dtypes: The hub's dtypes of the model's inputs and outputs, by name.
        runtime: The process in which ONNX files run; None for this one.

    Returns:
        ``PLANNED`` where the vendor's tool did not run and nothing was found wrong with the model for it.

    Raises:
        ArtifactInvalid: The artifact does not load or run.
        ReferenceDataError: The reference file does not fit.
        ToolError: The interpreter named cannot run the source.
    """
    backend = backend_named(recipe.output.target or Format.ONNX.value)
    here = None if runtime is None else runtime.open
    if backend.name == Format.ONNX.value:
        return verify(recipe, imported, _subject(written, written.files[0]), load=here)
    if written.planned:
        found = _stand_in(recipe, imported, written, load=here)
        status = Status.FAILED if found.status is Status.FAILED else Status.PLANNED
        reason = found.reason if status is Status.FAILED else written.planned
        return replace(found, status=status, reason=reason, latency_ms=None)
    reason = backend.cannot_run or f"nothing here runs {backend.label} files"
    if backend.runner is not None:
        subject = _subject(written, written.files[0])
        found = verify(recipe, imported, subject, load=_loader(recipe, backend, written, dtypes))
        if found.runner or written.stand_in is None:
            return found
        reason = found.reason
    found = _stand_in(recipe, imported, written, load=here)
    if found.status is not Status.VERIFIED:
        return found if found.status is Status.FAILED else replace(found, reason=reason)
    return replace(
        found,
        status=Status.UNVERIFIED,
        reason=f"{reason}; the ONNX model that it was made from matches {found.method}",
        latency_ms=None,
    )


def _subject(written: Written, path: Path) -> Subject:
    return Subject(
        path=path,
        checks=written.checks,
        rtol=written.rtol,
        rounds_between_layers=written.rounds_between_layers,
        keep=written.keep,
    )


def _stand_in(
    recipe: Recipe, imported: Imported, written: Written, *, load: Callable[[Path], Runner] | None
) -> Verification:
    if written.stand_in is None:
        return Verification(status=Status.UNVERIFIED, checks=written.checks)
    return verify(recipe, imported, _subject(written, written.stand_in), load=load)


def _loader(
    recipe: Recipe, backend: BackendManifest, written: Written, dtypes: Mapping[str, str]
) -> Callable[[Path], Runner]:
    named = None if backend.interpreter is None else recipe.verify.interpreter(backend.interpreter.name)
    if backend.runner is None:
        raise InternalError(f"target {backend.name} has no runner")

    def load(path: Path) -> Runner:
        from modelwright.verify.runners.adapted import AdaptedRunner

        runner = backend.load(path, None if named is None else Path(named))
        return AdaptedRunner(runner, written.inputs, written.outputs, dtypes)

    return load
