"""The tensors inside an artifact, compared with its source's, where a recipe asks for that (``verify.layers``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelwright.backends.manifests import backend_named
from modelwright.backends.written import Written
from modelwright.diagnostics import LayerComparisons
from modelwright.errors import InternalError, ModelwrightError, ReferenceDataError
from modelwright.formats import Format
from modelwright.frontends.manifest import known_formats
from modelwright.pipeline.locate import LocateRequest, locate
from modelwright.pipeline.recipe import Recipe
from modelwright.verify.locate.findings import Localisation
from modelwright.verify.locate.layers import comparisons

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHAIN: Final = "the artifact is one part of several; run `modelwright verify` on each"


def compare_layers(recipe: Recipe, written: Written) -> LayerComparisons:
    """Every tensor that the artifact and its source both have, or why there are none.

    Where nothing reads the artifact, or it is only planned, the ONNX model that it is made from stands for it.

    Args:
        recipe: The settled recipe.
        written: What the backend says it wrote.
    """
    backend = backend_named(recipe.output.target or Format.ONNX.value)
    read_back = backend.name in [item.value for item in known_formats()] and not written.planned
    model = written.files[0] if read_back else written.stand_in
    if written.stand_in_chain:
        return LayerComparisons(reason=_CHAIN)
    if model is None:
        return LayerComparisons(reason=f"nothing here reads {backend.label} files")
    try:
        found = _located(recipe, model)
    except InternalError:
        raise
    except ModelwrightError as error:
        return LayerComparisons(reason=error.message.replace(str(model), recipe.output.path))
    return LayerComparisons(
        tensors=comparisons(found),
        model="" if read_back else written.stand_in_name,
        method=found.method,
        runner=found.runner,
        first=found.divergence.layer if found.divergence is not None and found.divergence.certain else "",
        left_out=found.left_out,
        reason="" if found.layers else "the two have no tensor in common that can be compared",
    )


def _located(recipe: Recipe, model: Path) -> Localisation:
    """The comparison, on the reference's inputs where these fit the model, else on random ones."""
    for inputs in _inputs(recipe):
        try:
            return locate(_request(recipe, model, inputs))
        except ReferenceDataError:
            continue
    return locate(_request(recipe, model, None))


def _inputs(recipe: Recipe) -> Iterator[Path]:
    if recipe.verify.reference is not None:
        yield Path(recipe.verify.reference)


def _request(recipe: Recipe, model: Path, inputs: Path | None) -> LocateRequest:
    verify = recipe.verify
    return LocateRequest(
        model=model,
        source=Path(recipe.source.path),
        inputs=inputs,
        rtol=verify.rtol,
        atol=verify.atol,
        seed=verify.seed,
        interpreters={name: Path(path) for name, path in verify.interpreters.items()},
        options=recipe.options,
        layers=True,
    )
