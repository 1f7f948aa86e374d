"""Chooses what an artifact is compared with: reference arrays, the source in its own runtime, or nothing."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.diagnostics import Status, Verification
from modelwright.errors import ReferenceDataError
from modelwright.formats import Format
from modelwright.frontends.manifest import Imported, SourceTensor, frontend_for
from modelwright.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from modelwright.verify.runners.runner import Runner
    from modelwright.verify.source import Binding, SourceRunner

    Load = Callable[[Path], Runner]

NEAR = 0.99
"""Cosine from which the outputs of a network that was quantized here count as those of the float one."""

CALIBRATED = "the float model's on calibration data"
"""What a quantized model is compared with."""

_SAME_DIRECTION = 0.95
"""Cosine over which the outputs of a quantized network count as close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is compared.

    Attributes:
        path: The artifact, or the model that it was made from.
        checks: Phrases for the checks done before.
        rtol: Relative tolerance under which nothing is to be expected of it.
        rounds_between_layers: Whether integers between layers make its outputs come close at best.
        keep: Where to write the inputs and the expected outputs, or None.
        quantized: Whether it was quantized in this run, so that cosines count instead of values.
        calibrated: An ``.npz`` of calibration data and what the float model gives for them.
    """

    path: Path
    checks: tuple[str, ...] = ()
    rtol: float = 0.0
    rounds_between_layers: bool = False
    keep: Path | None = None
    quantized: bool = False
    calibrated: Path | None = None


def verify(recipe: Recipe, imported: Imported, subject: Subject, *, load: Load | None = None) -> Verification:
    """Loads and runs the artifact and compares it as far as this machine can.

    Args:
        recipe: The settled recipe.
        imported: The source as imported.
        subject: What is compared.
        load: What loads the artifact; ONNX Runtime in this process by default.

    Raises:
        ArtifactInvalid: The artifact does not load or run.
        ReferenceDataError: The reference file does not fit.
        ToolError: The interpreter named cannot run the source.
    """
    reference = recipe.verify.reference
    if reference is not None:
        return _compare(recipe, imported, subject, load, reference=Path(reference))
    if subject.calibrated is not None:
        found = _compare(recipe, imported, subject, load, reference=subject.calibrated)
        return replace(found, method=CALIBRATED, reason=found.reason.replace(subject.calibrated.name, CALIBRATED))
    if imported.details.get("cut"):
        found = _verify_cut(recipe, imported, subject, load)
        if found is not None:
            return found
    found = _compare(recipe, imported, subject, load, source=source_runner(recipe, imported))
    if found.status is Status.FAILED and "batch" in imported.details and not recipe.options.get("rebatch"):
        return _compared_as_a_whole(recipe, imported, subject, found)
    return found


def _near(found: Verification, *, random: bool) -> Verification:
    """The verdict on a network that this run quantized: its outputs must point where the float ones do.

    On random inputs, which are nothing that the network was made for, other directions are no failure.
    """
    cosines = [item.cosine for item in found.outputs]
    if found.status is not Status.FAILED or any(cosine is None for cosine in cosines):
        return found
    least = min(cosine for cosine in cosines if cosine is not None)
    if least >= NEAR:
        return replace(found, status=Status.VERIFIED, reason="", cosine=NEAR)
    status = Status.UNVERIFIED if random or least >= _SAME_DIRECTION else Status.FAILED
    reason = f"quantization changed the outputs: a cosine with {found.method} is {least:.4f}, {NEAR:g} is wanted"
    return replace(found, status=status, reason=reason, cosine=NEAR)


def _compared_as_a_whole(recipe: Recipe, imported: Imported, subject: Subject, sliced: Verification) -> Verification:
    """The verdict where slices of the source's own batch differ: what was changed may be another dimension."""
    details = {key: value for key, value in imported.details.items() if key != "batch"}
    whole = _compare(recipe, imported, subject, None, source=source_runner(recipe, replace(imported, details=details)))
    if whole.status is not Status.VERIFIED:
        return sliced
    reason = (
        "it computes what the source does when run as a whole, but not what separate runs of the source at its own "
        "batch give: the samples influence each other, or the dimension that was changed is no batch"
    )
    return replace(whole, status=Status.UNVERIFIED, reason=reason)


def _compare(
    recipe: Recipe,
    imported: Imported,
    subject: Subject,
    load: Load | None,
    *,
    reference: Path | None = None,
    source: SourceRunner | None = None,
) -> Verification:
    from modelwright.verify.verify import verify_artifact

    settings = recipe.verify
    found = verify_artifact(
        subject.path,
        reference=reference,
        source=source,
        rtol=max(settings.rtol, subject.rtol),
        atol=settings.atol,
        expected_outputs=imported.expected,
        checks=subject.checks,
        aliases=_aliases(imported),
        seed=settings.seed,
        load=load,
        keep=subject.keep,
    )
    if subject.quantized:
        return _near(found, random=subject.calibrated is None and reference is None)
    if imported.details.get("rounds_between_layers"):
        return _close_enough(found, "the source is quantized: its runtime rounds")
    if subject.rounds_between_layers:
        return _close_enough(found, "the result is quantized: its runtime rounds")
    return found


def _close_enough(found: Verification, cause: str) -> Verification:
    """The verdict on a quantized network, whose runtime rounds between layers otherwise than ONNX Runtime does.

    A step more or less in an early layer grows on the way, so that equality says nothing; outputs that point the same
    way are not a failure, but not verified either.
    """
    if found.status is not Status.FAILED or any(
        item.cosine is None or item.cosine < _SAME_DIRECTION for item in found.outputs
    ):
        return found
    reason = f"{cause} between layers otherwise, so that the outputs only come close"
    return replace(found, status=Status.UNVERIFIED, reason=reason)


def _verify_cut(recipe: Recipe, imported: Imported, subject: Subject, load: Load | None) -> Verification | None:
    """Compares a subgraph with the same tensors of the running source; None when these cannot be had or do not fit."""
    from modelwright.pipeline.cut_reference import write_cut_reference

    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        written = write_cut_reference(Path(recipe.source.path), imported, Path(folder), seed=recipe.verify.seed)
        if written is None:
            return None
        reference, method = written
        try:
            found = _compare(recipe, imported, subject, load, reference=reference)
        except ReferenceDataError:
            return None
        reason = found.reason.replace(reference.name, "the source")
        return replace(found, method=method, reason=reason)


def source_runner(recipe: Recipe, imported: Imported) -> SourceRunner | None:
    """What runs the source on inputs, or None when nothing here can.

    Raises:
        ToolMissingError: The interpreter that the user named is not there.
    """
    from modelwright.verify.source import SourceQuery

    found = Format(recipe.source.format)
    run = frontend_for(found).source_run
    if run is None:
        return None
    module, _, function = run.runner.partition(":")
    named = None if run.interpreter is None else recipe.verify.interpreter(run.interpreter.name)
    query = SourceQuery(
        model=Path(imported.details.get("path", recipe.source.path)),
        format=imported.details.get("format", found),
        inputs=_bindings(imported.inputs),
        outputs=_bindings(imported.outputs),
        python=None if named is None else Path(named),
        details=imported.details,
    )
    return getattr(importlib.import_module(module), function)(query)


def _aliases(imported: Imported) -> dict[str, str]:
    """Reference keys in the source's names, where they differ from the artifact's."""
    pairs = [("in:", item) for item in imported.inputs] + [("out:", item) for item in imported.outputs]
    return {prefix + item.source: prefix + item.name for prefix, item in pairs if item.source != item.name}


def _bindings(tensors: tuple[SourceTensor, ...]) -> tuple[Binding, ...]:
    from modelwright.verify.source import Binding

    return tuple(Binding(name=item.name, source=item.source, perm=item.perm) for item in tensors)
