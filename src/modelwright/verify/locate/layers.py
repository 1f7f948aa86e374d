"""All tensors that two models share, held against each other in the order of the graph, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from modelwright.diagnostics import LayerComparison
from modelwright.verify.locate.findings import Localisation, Measure, TensorFinding
from modelwright.verify.locate.locate import Locator


def measure_layers(locator: Locator, *, rtol: float, atol: float) -> tuple[tuple[TensorFinding, ...], int]:
    """Every shared tensor that can be had, in the model's order, and how many were left out.

    Tensors are looked at in groups of at most the case's budget, each in one run of both models; what a search has
    measured already is not looked at again. A tensor that differs is left out if all that is computed from it agrees:
    an optimization gave its name, or its place, to something else.

    Args:
        locator: The search, over or not begun.
        rtol: Relative tolerance.
        atol: Absolute tolerance.

    Raises:
        ArtifactInvalid: A model does not run.
        CannotRunHere: The runtime lacks something.
    """
    tracker = locator.tracker
    for group in _groups(locator):
        tracker.measures |= locator.look(group)
    measured = {name: tracker.measures[name] for name in tracker.graph.order if name in tracker.measures}
    off = {name for name, item in measured.items() if not within(item, rtol=rtol, atol=atol)}
    kept = off & _reaching(locator, off)
    names = [name for name in measured if name not in off or name in kept]
    return tuple(locator.finding(name) for name in names), len(off) - len(kept)


def _reaching(locator: Locator, off: AbstractSet[str]) -> set[str]:
    """Those of ``off`` that something else of it is computed from, or nothing at all is."""
    graph = locator.tracker.graph
    used: set[str] = set()
    found: set[str] = set()
    for name in reversed(list(graph.order)):
        if name in off and (name in found or name not in used):
            found |= {name, *locator.tracker.behind(name)}
        used.update(locator.tracker.behind(name))
    return found


def within(item: Measure, *, rtol: float, atol: float) -> bool:
    """Whether a tensor is as near as an output has to be: ``max_abs <= atol + rtol * max |source|``."""
    scale = item.max_abs / item.max_rel if item.max_rel else 0.0
    return item.max_abs <= atol + rtol * scale


def _groups(locator: Locator) -> Iterator[list[str]]:
    """The tensors that are not measured yet, in order, as many at a time as the budget allows; one at least."""
    tracker = locator.tracker
    group: list[str] = []
    used = 0
    for name in tracker.graph.order:
        if name in tracker.measures:
            continue
        size = tracker.graph.nbytes.get(name, 0)
        if group and used + size > tracker.budget:
            yield group
            group, used = [], 0
        group.append(name)
        used += size
    if group:
        yield group


def comparisons(found: Localisation) -> tuple[LayerComparison, ...]:
    """The layers of a result as a report has them, each held against the outputs' tolerance."""
    return tuple(_comparison(item, found.rtol, found.atol) for item in found.layers)


def _comparison(item: TensorFinding, rtol: float, atol: float) -> LayerComparison:
    apart = item.measure
    return LayerComparison(
        name=item.model,
        source=item.source,
        layer=item.layer,
        op_type=item.op_type,
        shape=apart.shape_model,
        max_abs=apart.max_abs,
        max_rel=apart.max_rel,
        cosine=apart.cosine,
        passed=within(apart, rtol=rtol, atol=atol),
    )
