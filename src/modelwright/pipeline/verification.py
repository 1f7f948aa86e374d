"""Chooses what an artifact is compared with: reference arrays, the source in its own runtime, or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.errors import ReferenceDataError
from modelwright.formats import Format
from modelwright.frontends.manifest import Imported, SourceTensor
from modelwright.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from modelwright.diagnostics import Verification
    from modelwright.verify.source import Binding, SourceRunner


def verify(recipe: Recipe, imported: Imported, artifact: Path, checks: tuple[str, ...]) -> Verification:
    """Loads and runs the artifact and compares it as far as this machine can.

    Args:
        recipe: The settled recipe.
        imported: The source as imported.
        artifact: The artifact's file.
        checks: Phrases for the checks done before.

    Raises:
        ArtifactInvalid: The artifact does not load or run.
        ReferenceDataError: The reference file does not fit.
        ToolError: The interpreter named cannot run the source.
    """
    reference = recipe.verify.reference
    if reference is not None:
        return _compare(recipe, imported, artifact, checks, reference=Path(reference))
    if imported.details.get("cut"):
        found = _verify_cut(recipe, imported, artifact, checks)
        if found is not None:
            return found
    return _compare(recipe, imported, artifact, checks, source=source_runner(recipe, imported))


def _compare(
    recipe: Recipe,
    imported: Imported,
    artifact: Path,
    checks: tuple[str, ...],
    *,
    reference: Path | None = None,
    source: SourceRunner | None = None,
) -> Verification:
    from modelwright.verify.verify import verify_artifact

    settings = recipe.verify
    return verify_artifact(
        artifact,
        reference=reference,
        source=source,
        rtol=settings.rtol,
        atol=settings.atol,
        expected_outputs=imported.expected,
        checks=checks,
        seed=settings.seed,
    )


def _verify_cut(recipe: Recipe, imported: Imported, artifact: Path, checks: tuple[str, ...]) -> Verification | None:
    """Compares a subgraph with the same tensors of the running source; None when these cannot be had or do not fit."""
    from modelwright.pipeline.cut_reference import write_cut_reference

    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        written = write_cut_reference(Path(recipe.source.path), imported, Path(folder), seed=recipe.verify.seed)
        if written is None:
            return None
        reference, method = written
        try:
            found = _compare(recipe, imported, artifact, checks, reference=reference)
        except ReferenceDataError:
            return None
        reason = found.reason.replace(reference.name, "the source")
        return replace(found, method=method, reason=reason)


def source_runner(recipe: Recipe, imported: Imported) -> SourceRunner | None:
    """What runs the source on inputs, or None when nothing here can.

    Raises:
        ToolMissingError: The interpreter that the user named is not there.
    """
    return _RUNNERS[Format(recipe.source.format)](recipe, imported)


def _onnx(recipe: Recipe, imported: Imported) -> SourceRunner | None:
    if imported.details.get("cut"):
        return None
    from modelwright.verify.runners.onnxruntime import onnx_source

    return onnx_source(Path(recipe.source.path), _bindings(imported.inputs), _bindings(imported.outputs))


def _tensorflow(recipe: Recipe, imported: Imported) -> SourceRunner | None:
    from modelwright.verify.runners.tensorflow import find_interpreter, tensorflow_source

    option = recipe.verify.tf_python
    python = find_interpreter(Path(option) if option is not None else None)
    if python is None:
        return None
    details = imported.details
    return tensorflow_source(
        imported.details["path"],
        python=python,
        format=Format(recipe.source.format),
        inputs=_bindings(imported.inputs),
        outputs=_bindings(imported.outputs),
        signature=details.get("signature"),
        tags=details.get("tags"),
        concrete_function=details.get("concrete_function"),
    )


def _bindings(tensors: tuple[SourceTensor, ...]) -> list[Binding]:
    from modelwright.verify.source import Binding

    return [Binding(name=item.name, source=item.source, perm=item.perm) for item in tensors]


_RUNNERS: dict[Format, Callable[[Recipe, Imported], SourceRunner | None]] = {
    Format.ONNX: _onnx,
    Format.TF_GRAPHDEF: _tensorflow,
    Format.TF_SAVED_MODEL: _tensorflow,
    Format.TF_CHECKPOINT: _tensorflow,
}
