"""Chooses what an artifact is compared with: reference arrays, the source in its own runtime, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

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
    from modelwright.verify.verify import verify_artifact

    settings = recipe.verify
    return verify_artifact(
        artifact,
        reference=Path(settings.reference) if settings.reference is not None else None,
        source=None if settings.reference is not None else source_runner(recipe, imported),
        rtol=settings.rtol,
        atol=settings.atol,
        expected_outputs=imported.expected,
        checks=checks,
        seed=settings.seed,
    )


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
        Path(recipe.source.path),
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
