"""Two models of any format held against each other."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.errors import UsageError, unknown_name
from modelwright.formats import Format
from modelwright.pipeline.detection import detect_format
from modelwright.pipeline.sides import Side, SideRequest, load_side
from modelwright.verify.diff.findings import (
    Aspect,
    Change,
    GraphDiff,
    ModelDiff,
    NumericsDiff,
    Part,
    WeightsDiff,
)
from modelwright.verify.tolerances import DEFAULT_ATOL, DEFAULT_RTOL

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """What to compare and how.

    Attributes:
        a: The first model.
        b: The second model.
        parts: What to look at.
        ignored: What does not count as a difference.
        rtol: Relative tolerance; None for the default of the numerics and exactly equal weights.
        atol: Absolute tolerance, likewise.
        seed: Seed of random inputs.
        inputs: An ``.npz`` of own inputs by the names of the first model, perhaps with the prefix ``in:``.
        interpreters: Interpreters for models that need one, by their option's name.
    """

    a: Path
    b: Path
    parts: tuple[Part, ...] = tuple(Part)
    ignored: tuple[Aspect, ...] = ()
    rtol: float | None = None
    atol: float | None = None
    seed: int = 0
    inputs: Path | None = None
    interpreters: Mapping[str, Path] = field(default_factory=dict[str, Path])


def parse_parts(names: Sequence[str]) -> tuple[Part, ...]:
    """The parts of those names, in their own order.

    Raises:
        UnknownNameError: There is no such part.
    """
    for name in names:
        if name not in set(Part):
            raise unknown_name("part", name, [item.value for item in Part])
    return tuple(item for item in Part if item.value in names)


def parse_aspects(names: Sequence[str]) -> tuple[Aspect, ...]:
    """The aspects of those names, in their own order.

    Raises:
        UnknownNameError: There is no such aspect.
    """
    for name in names:
        if name not in set(Aspect):
            raise unknown_name("aspect", name, [item.value for item in Aspect])
    return tuple(item for item in Aspect if item.value in names)


def diff_models(request: DiffRequest) -> ModelDiff:
    """Compares two models.

    Raises:
        UserError: A model cannot be read, or the inputs do not fit.
        ToolError: A tool that is needed to read a model fails.
    """
    if request.inputs is not None and Part.NUMERICS not in request.parts:
        raise UsageError("inputs are given, but the numerics are left out", hint="leave out one of them")
    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        a, b = _load(request, Path(folder))
        numerics = _numerics(request, a, b) if Part.NUMERICS in request.parts else None
        graph, weights = _static(request, a, b)
    static = (*_graph_phrases(graph, request.ignored), *_weight_phrases(weights))
    proven = graph is not None and weights is not None and not static and Aspect.OPSET not in request.ignored
    differs = (*static, *_numeric_phrases(numerics, needed=not proven))
    return ModelDiff(
        a=str(request.a),
        b=str(request.b),
        same=not differs,
        summary_a=a.summary,
        summary_b=b.summary,
        graph=graph,
        weights=weights,
        numerics=numerics,
        rtol=DEFAULT_RTOL if request.rtol is None else request.rtol,
        atol=DEFAULT_ATOL if request.atol is None else request.atol,
        ignored=request.ignored,
        differs=differs,
    )


def _load(request: DiffRequest, folder: Path) -> tuple[Side, Side]:
    """Both models; one that is not ONNX is imported to the opset of the other, if that is."""

    def load(path: Path, name: str, opset: int | None = None) -> Side:
        side = SideRequest(path=path, interpreters=request.interpreters, options={}, opset=opset)
        return load_side(side, folder / name)

    if detect_format(request.a) is Format.ONNX:
        a = load(request.a, "a")
        return a, load(request.b, "b", a.opset)
    b = load(request.b, "b")
    return load(request.a, "a", b.opset if b.format is Format.ONNX else None), b


def _static(request: DiffRequest, a: Side, b: Side) -> tuple[GraphDiff | None, WeightsDiff | None]:
    from modelwright.verify.diff.graph import diff_graphs, match_models
    from modelwright.verify.diff.weights import diff_weights

    if not {Part.GRAPH, Part.WEIGHTS} & set(request.parts):
        return None, None
    match = match_models(a.model, b.model)
    own = a.format is Format.ONNX and b.format is Format.ONNX
    graph = diff_graphs(a.model, b.model, match, metadata=own) if Part.GRAPH in request.parts else None
    weights = None
    if Part.WEIGHTS in request.parts:
        weights = diff_weights(match, rtol=request.rtol or 0.0, atol=request.atol or 0.0)
    return graph, weights


def _numerics(request: DiffRequest, a: Side, b: Side) -> NumericsDiff:
    from modelwright.verify.diff.numerics import diff_numerics

    inputs = None if request.inputs is None else _own_inputs(request.inputs, a)
    return diff_numerics(
        a.file,
        b.file,
        seed=request.seed,
        rtol=DEFAULT_RTOL if request.rtol is None else request.rtol,
        atol=DEFAULT_ATOL if request.atol is None else request.atol,
        inputs=inputs,
        method=request.inputs.name if request.inputs is not None else "",
    )


def _own_inputs(path: Path, side: Side) -> dict[str, np.ndarray]:
    from modelwright.hub.summary import summarize
    from modelwright.verify.reference import load_inputs

    return load_inputs(path, summarize(side.file).inputs)


def _graph_phrases(graph: GraphDiff | None, ignored: Sequence[Aspect]) -> list[str]:
    if graph is None:
        return []
    phrases: list[str] = []
    for change in Change:
        count = sum(node.change is change for node in graph.nodes)
        if count and not (change is Change.RENAMED and Aspect.NAMES in ignored):
            phrases.append(f"{count} {'node' if count == 1 else 'nodes'} {change.value}")
    counted = [item for item in graph.properties if item.aspect is None or item.aspect not in ignored]
    interface = [item.what for item in counted if item.aspect is None]
    phrases += [", ".join(interface[:4]) + (" and more" if len(interface) > 4 else "")] if interface else []
    for aspect in Aspect:
        found = [item.what for item in counted if item.aspect is aspect]
        if found:
            phrases.append(_aspect_phrase(aspect, found))
    return phrases


def _aspect_phrase(aspect: Aspect, found: Sequence[str]) -> str:
    if aspect is Aspect.SHAPES:
        return f"declared shapes or dtypes of {len(found)} {'tensor' if len(found) == 1 else 'tensors'}"
    return ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")


def _weight_phrases(weights: WeightsDiff | None) -> list[str]:
    if weights is None:
        return []
    phrases: list[str] = []
    for change in Change:
        count = sum(item.change is change and not item.within for item in weights.changes)
        if count:
            phrases.append(f"{count} {'weight' if count == 1 else 'weights'} {change.value}")
    return phrases


def _numeric_phrases(numerics: NumericsDiff | None, *, needed: bool) -> list[str]:
    """What differs in the outputs; that they could not be had counts only if they are needed to tell."""
    if numerics is None:
        return []
    if numerics.reason:
        return ["the outputs could not be compared"] if needed else []
    bad = [item.name for item in numerics.outputs if not item.passed]
    phrases = [f"values of {', '.join(bad[:4])}" + (" and more" if len(bad) > 4 else "")] if bad else []
    return phrases + ([f"outputs of one model only: {', '.join(numerics.unmatched)}"] if numerics.unmatched else [])
