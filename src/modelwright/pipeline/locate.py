"""A model verified against its source, and if they part, the layer where: what ``modelwright verify`` does."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelwright.errors import ArtifactInvalid, ShapeError, UsageError
from modelwright.formats import Format, TensorSpec
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import dims_of
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.running_source import FROZEN, READ_BY_TENSORFLOW, running_source
from modelwright.pipeline.sides import Side, SideRequest, load_side, source_of_report
from modelwright.verify.source import SourceRunFailed
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL

if TYPE_CHECKING:
    import numpy as np

    from modelwright.verify.diff.matching import GraphMatch
    from modelwright.verify.diff.structure import GraphView
    from modelwright.verify.locate.findings import Localisation
    from modelwright.verify.locate.probe import Digest, OnnxProbe
    from modelwright.verify.locate.run import Subject

BUDGET: Final = 64 << 20
"""Bytes of tensors that are looked at in one run of one model, by default."""

_FITTING_INPUTS: Final = "if the inputs drawn here do not fit it, give your own with --inputs FILE.npz"
_SIDE_FILE: Final = "output_frozen_graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocateRequest:
    """What to verify and how.

    Attributes:
        model: The model.
        source: What it should compute the same as: a model of any format, or a report or recipe that names one.
        reference: An ``.npz`` of inputs, outputs and perhaps tensors inside, instead of a source.
        inputs: An ``.npz`` of own inputs by the model's names, instead of random ones.
        rtol: Relative tolerance of the outputs.
        atol: Absolute tolerance.
        seed: Seed of random inputs.
        budget: Bytes of tensors to look at in one run of one model.
        interpreters: Interpreters for models that need one, by their option's name.
        options: Options of the source's frontend, by name; a report or recipe brings its own.
        layers: Whether to compare all tensors that both have, also where nothing is wrong.
    """

    model: Path
    source: Path | None = None
    reference: Path | None = None
    inputs: Path | None = None
    rtol: float = DEFAULT_RTOL
    atol: float = DEFAULT_ATOL
    seed: int = 0
    budget: int = BUDGET
    interpreters: Mapping[str, Path] = field(default_factory=dict[str, Path])
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    layers: bool = False


def locate(request: LocateRequest) -> Localisation:
    """Verifies a model and finds the first layer that computes something else.

    Raises:
        UserError: A model cannot be read, or the inputs or the reference do not fit.
        ArtifactInvalid: The model does not run.
        ToolError: A tool that is needed fails.
    """
    if (request.source is None) == (request.reference is None):
        raise UsageError(
            "a model is verified against one thing",
            hint="give the source after the model, or reference data with --reference",
        )
    if request.reference is not None and request.inputs is not None:
        raise UsageError("--inputs and --reference exclude each other", hint="the reference holds the inputs")
    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        side = load_side(
            SideRequest(path=request.model, interpreters=request.interpreters, options={}, optimized=False),
            Path(folder) / "model",
        )
        if request.reference is not None:
            return _against_reference(request, request.reference, side, Path(folder))
        return _against_source(request, side, Path(folder))


def _subject(request: LocateRequest, source: Path, method: str) -> Subject:
    from modelwright.verify.locate.run import Subject

    return Subject(
        model=str(request.model),
        source=str(source),
        method=method,
        rtol=request.rtol,
        atol=request.atol,
        budget=request.budget,
        layers=request.layers,
    )


def _against_reference(request: LocateRequest, reference: Path, side: Side, folder: Path) -> Localisation:
    from modelwright.verify.diff.matching import match_graphs
    from modelwright.verify.diff.structure import view_graph
    from modelwright.verify.locate.given import GivenTensors, load_given
    from modelwright.verify.locate.pairs import TensorPair
    from modelwright.verify.locate.probe import OnnxProbe
    from modelwright.verify.locate.run import Expected, verify_against

    view = view_graph(side.model.graph, side.model.opset_imports)
    inputs, arrays, tensors = load_given(reference, _specs(view), view)
    model = OnnxProbe(side.model, folder / "probe", inputs)
    outputs = [value.name or "" for value in view.outputs]
    actual, digests = _survey_model(model, outputs, list(tensors.values()), request)
    pairs = {
        name: TensorPair(source=key, model=name, matched_by="name", nbytes=arrays[key].nbytes)
        for key, name in tensors.items()
    }
    return verify_against(
        _subject(request, reference, reference.name),
        source=GivenTensors(reference.name, arrays),
        model=model,
        match=match_graphs(view, view),
        pairs=pairs,
        expected=Expected(
            outputs={name: arrays[pairs[name].source] for name in outputs if name in pairs},
            missing=tuple(name for name in outputs if name not in pairs),
            digests={},
        ),
        actual=actual,
        digests=digests,
        has_graph=False,
    )


def _against_source(request: LocateRequest, side: Side, folder: Path) -> Localisation:
    from modelwright.verify.diff.graph import match_models
    from modelwright.verify.locate.pairs import pair_tensors
    from modelwright.verify.locate.probe import OnnxProbe
    from modelwright.verify.locate.run import Expected, verify_against

    source = _load_source(request, side, folder / "source")
    match = match_models(source.model, side.model)
    inputs, turned, method = _inputs(request, match)
    outputs = {mine.name or "": theirs.name or "" for mine, theirs in match.outputs}
    hub = OnnxProbe(source.model, folder / "source_probe", turned)
    theirs, known = _survey_source(hub, list(outputs), source.path)
    model = OnnxProbe(side.model, folder / "probe", inputs)
    ends = [value.name or "" for value in match.b.outputs]
    actual, digests = _survey_model(model, ends, model.skeleton.made, request)
    pairs = pair_tensors(match, known, digests)
    live = running_source(source, turned, theirs, pairs)
    probe = hub if live is None else live.probe
    if live is not None:
        theirs, pairs, known = live.outputs, live.pairs, {}
    found = verify_against(
        _subject(request, source.path, method),
        source=probe,
        model=model,
        match=match,
        pairs=pairs,
        expected=Expected(
            outputs={outputs[name]: array for name, array in theirs.items()},
            missing=tuple(value.name or "" for value in match.b.outputs if value.name not in outputs.values()),
            digests=known,
        ),
        actual=actual,
        digests=digests,
    )
    imported = live is None and source.format is not Format.ONNX
    what = "the source as modelwright imports it, in" if imported else "the source in"
    return dataclasses.replace(found, method=f"{what} {probe.label}, on {method}")


def _load_source(request: LocateRequest, side: Side, folder: Path) -> Side:
    """The source, also when a report or a recipe names it."""
    path = request.source
    if path is None:
        raise UsageError("there is no source", hint="give it after the model")
    recipe = source_of_report(path)
    options = dict(request.options)
    if recipe is not None:
        path = Path(recipe.source.path)
        options = dict(recipe.options)
    options.pop(_SIDE_FILE, None)
    found = detect_format(path)
    wanted = {**options, _SIDE_FILE: str(folder / FROZEN)} if found in READ_BY_TENSORFLOW else options
    read = SideRequest(path=path, interpreters=request.interpreters, options=wanted, opset=side.opset, optimized=False)
    return load_side(read, folder)


def _survey_source(
    probe: OnnxProbe, outputs: Sequence[str], path: Path
) -> tuple[dict[str, np.ndarray], dict[str, Digest]]:
    from modelwright.verify.runners.onnxruntime import CannotRunHere

    try:
        return probe.survey(outputs, probe.skeleton.made)
    except (ArtifactInvalid, CannotRunHere) as error:
        raise SourceRunFailed(
            f"{path}: the source itself: {_without_place(error.message)}",
            hint=_FITTING_INPUTS if "does not run" in error.message else "",
        ) from error


def _survey_model(
    probe: OnnxProbe, outputs: Sequence[str], names: Sequence[str], request: LocateRequest
) -> tuple[dict[str, np.ndarray], dict[str, Digest]]:
    try:
        return probe.survey(outputs, names)
    except ArtifactInvalid as error:
        drawn = request.inputs is None and request.reference is None and "does not run" in error.message
        hint = _FITTING_INPUTS if drawn else error.hint
        message = f"{request.model}: {_without_place(error.message)}"
        raise ArtifactInvalid(message, hint=hint, node=error.node) from error


def _without_place(message: str) -> str:
    """A message about a temporary graph without its path."""
    return message.partition(": ")[2] if message.startswith(tempfile.gettempdir()) else message


def _inputs(request: LocateRequest, match: GraphMatch) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], str]:
    """The model's inputs, the same for the source, and what to call them."""
    from modelwright.hub.random_inputs import random_inputs
    from modelwright.verify.diff.numerics import NotComparable, pair_inputs, shared_specs
    from modelwright.verify.reference import load_inputs

    specs = _specs(match.b)
    try:
        pairs = pair_inputs(specs, _specs(match.a))
    except NotComparable as error:
        raise ShapeError(str(error).replace("first", "model").replace("second", "source")) from error
    if request.inputs is not None:
        given, method = load_inputs(request.inputs, specs), request.inputs.name
    else:
        given, method = random_inputs(shared_specs(pairs), seed=request.seed), f"random inputs (seed {request.seed})"
    turned = {theirs.name: _turned(given[mine.name], perm) for mine, theirs, perm in pairs}
    return given, turned, method


def _turned(array: np.ndarray, perm: tuple[int, ...] | None) -> np.ndarray:
    return array if perm is None else array.transpose(perm).copy()


def _specs(view: GraphView) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))
        for value in view.inputs
    )
