"""A model held against its source: the outputs first, and where these differ the search for the layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.diagnostics import OutputComparison, Status
from modelwright.verify.compare import compare_output
from modelwright.verify.diff.matching import GraphMatch
from modelwright.verify.locate.findings import Divergence, Localisation, Measure, Search, TensorFinding
from modelwright.verify.locate.layers import measure_layers
from modelwright.verify.locate.locate import BUDGET, Case, Locator, suspicious
from modelwright.verify.locate.measure import align, measure
from modelwright.verify.locate.pairs import TensorPair
from modelwright.verify.locate.probe import Digest, OnnxProbe, Probe

_MANY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is verified and how; the parts of a result that do not depend on what comes out.

    ``layers`` says whether all tensors that both have are compared, also where nothing is wrong.
    """

    model: str
    source: str
    method: str
    rtol: float
    atol: float
    budget: int = BUDGET
    layers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the source gave in its first run.

    Attributes:
        outputs: Arrays by the model's output names.
        missing: Outputs of the model for which there is nothing to compare with.
        digests: What is known of the source's tensors; empty for sources that cannot say.
    """

    outputs: Mapping[str, np.ndarray]
    missing: tuple[str, ...] = ()
    digests: Mapping[str, Digest]


def verify_against(
    subject: Subject,
    *,
    source: Probe,
    model: OnnxProbe,
    match: GraphMatch,
    pairs: Mapping[str, TensorPair],
    expected: Expected,
    actual: Mapping[str, np.ndarray],
    digests: Mapping[str, Digest],
    has_graph: bool = True,
) -> Localisation:
    """Compares the outputs and finds the layer where they part.

    Args:
        subject: What it is about.
        source: The source, to look at more tensors.
        model: The model, likewise.
        match: Their graphs.
        pairs: The tensors both have, by the model's names.
        expected: What the source gave.
        actual: The model's outputs.
        digests: What is known of the model's tensors.
        has_graph: Whether the source's graph is known.
    """
    comparisons, measures = _outputs(subject, expected.outputs, actual)
    case = Case(
        source=source,
        model=model,
        match=match,
        pairs=pairs,
        digests=digests,
        has_graph=has_graph,
        budget=subject.budget,
    )
    suspects = suspicious(pairs, expected.digests, digests)
    off = {item.name for item in comparisons if not item.passed}
    divergence: Divergence | None = None
    locator = Locator(case)
    searchable = {name: item for name, item in measures.items() if name in locator.tracker.graph.order}
    if off & set(searchable):
        begun = {name: item for name, item in searchable.items() if name in off or item.max_rel == 0.0}
        divergence = locator.find(begun, _first_suspects(locator, suspects))
    remarks = _remarks(suspects, divergence, locator)
    layers, left_out = _layers(subject, locator)
    return Localisation(
        status=_status(off, expected, comparisons),
        model=subject.model,
        source=subject.source,
        method=f"{source.label} on {subject.method}" if source.label != subject.method else subject.method,
        runner=model.label,
        outputs=comparisons,
        divergence=divergence,
        reason=_reason(off, expected, comparisons),
        remarks=remarks,
        search=Search(
            tensors=len(pairs),
            matched_by=dict(sorted(Counter(pair.matched_by for pair in pairs.values()).items())),
            runs_source=source.runs,
            runs_model=model.runs,
            replays=model.replays,
            most_bytes=locator.tracker.most_bytes,
        ),
        rtol=subject.rtol,
        atol=subject.atol,
        layers=layers,
        left_out=left_out,
    )


def _layers(subject: Subject, locator: Locator) -> tuple[tuple[TensorFinding, ...], int]:
    return measure_layers(locator, rtol=subject.rtol, atol=subject.atol) if subject.layers else ((), 0)


def _outputs(
    subject: Subject, expected: Mapping[str, np.ndarray], actual: Mapping[str, np.ndarray]
) -> tuple[tuple[OutputComparison, ...], dict[str, Measure]]:
    comparisons: list[OutputComparison] = []
    measures: dict[str, Measure] = {}
    for name, array in actual.items():
        if name not in expected:
            continue
        turned, _ = align(expected[name], array)
        wanted = expected[name] if turned is None else turned
        comparisons.append(compare_output(name, array, wanted, rtol=subject.rtol, atol=subject.atol))
        measures[name] = measure(expected[name], array)
    return tuple(comparisons), measures


def _first_suspects(locator: Locator, suspects: Sequence[str]) -> list[str]:
    """The first tensor that seems to differ and what it is computed from."""
    graph = locator.tracker.graph
    known = sorted((name for name in suspects if name in graph.order), key=graph.order.__getitem__)
    return [known[0], *graph.behind[known[0]]] if known else []


def _status(off: set[str], expected: Expected, comparisons: Sequence[OutputComparison]) -> Status:
    if off:
        return Status.FAILED
    if expected.missing or not comparisons or _silent(expected, comparisons):
        return Status.UNVERIFIED
    return Status.VERIFIED


def _silent(expected: Expected, comparisons: Sequence[OutputComparison]) -> list[str]:
    """Outputs of which the source gives nothing but NaN or infinity."""
    arrays = {item.name: expected.outputs[item.name] for item in comparisons}
    return [
        name
        for name, array in arrays.items()
        if array.dtype.kind in "fc" and array.size > 0 and not np.isfinite(array).any()
    ]


def _reason(off: set[str], expected: Expected, comparisons: Sequence[OutputComparison]) -> str:
    if off:
        shown = [item for item in comparisons if item.name in off]
        parts = [_off_phrase(item, expected.outputs[item.name]) for item in shown[:_MANY]]
        return "; ".join(parts) + (f"; and {len(shown) - _MANY} outputs more" if len(shown) > _MANY else "")
    if expected.missing:
        return f"there are no expected values for {', '.join(expected.missing)}"
    if not comparisons:
        return "the models have no output in common that can be compared"
    silent = _silent(expected, comparisons)
    return f"the source itself gives nothing but NaN or infinity for {', '.join(silent)}" if silent else ""


def _off_phrase(item: OutputComparison, wanted: np.ndarray) -> str:
    if sorted(wanted.shape) != sorted(item.shape):
        return f"{item.name}: shape {list(item.shape)} instead of {list(wanted.shape)}"
    return f"{item.name}: {item.mismatches} of {max(wanted.size, 1)} elements are off, by up to {item.max_abs:.3g}"


def _remarks(suspects: Sequence[str], divergence: Divergence | None, locator: Locator) -> tuple[str, ...]:
    remarks: list[str] = []
    order = locator.tracker.graph.order
    known = sorted((name for name in suspects if name in order), key=order.__getitem__)
    if divergence is not None and not locator.twins:
        return ()
    first = divergence.tensor.model if divergence is not None else None
    if known and (first is None or order[known[0]] < order[first]):
        where = f"{known[0]} on" if first is None else f"{known[0]}, before that layer,"
        remarks.append(f"inside, tensors seem to differ from {where} without an effect on the outputs compared")
    return tuple(remarks)
