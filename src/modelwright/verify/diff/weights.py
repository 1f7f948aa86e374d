"""The weights of two models held against each other, one at a time, mapped from their files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.hub.io_tensors import payload, release_pages
from modelwright.verify.diff.findings import Change, WeightChange, WeightsDiff
from modelwright.verify.diff.graph import node_label
from modelwright.verify.diff.matching import GraphMatch, match_graphs
from modelwright.verify.diff.structure import describe_weight, subgraphs, view_graph
from modelwright.verify.metrics import distance

_MOST_AXES: Final = 5
_CHUNK: Final = 1 << 24

_Weight = tuple[ir.Value, ir.TensorProtocol]


def diff_weights(match: GraphMatch, *, rtol: float = 0.0, atol: float = 0.0) -> WeightsDiff:
    """Compares the weights of matched graphs, those of subgraphs by name and place.

    Args:
        match: The main graphs.
        rtol: Tolerance relative to a weight's largest absolute value, within which it does not count as different.
        atol: Absolute tolerance.
    """
    found = [_change(mine, theirs, rtol=rtol, atol=atol) for mine, theirs in _pairs(match)]
    changes = tuple(item for item in found if item is not None)
    return WeightsDiff(changes=changes, equal=len(found) - len(changes))


def weights_inside(match: GraphMatch, node: ir.Node, other: ir.Node) -> list[WeightChange]:
    """The weights that differ in the subgraphs of two matched nodes."""
    pairs = _pairs_inside(match, node, other)
    found = (_change(mine, theirs, rtol=0.0, atol=0.0) for mine, theirs in pairs)
    return [item for item in found if item is not None]


def _change(mine: _Weight | None, theirs: _Weight | None, *, rtol: float, atol: float) -> WeightChange | None:
    found = compare_weights(mine[1], theirs[1], rtol=rtol, atol=atol) if mine and theirs else _single(mine, theirs)
    if found is None:
        return None
    value = mine[0] if mine else theirs[0] if theirs else None
    names = (mine[0].name or "" if mine else "", theirs[0].name or "" if theirs else "")
    return replace(found, a=names[0], b=names[1], used_by=_user(value))


def _pairs(match: GraphMatch) -> Iterator[tuple[_Weight | None, _Weight | None]]:
    taken: set[ir.Value] = set()
    for value, tensor in match.a.weights.items():
        other = match.values.get(value)
        if other is None or other not in match.b.weights:
            yield (value, tensor), None
            continue
        taken.add(other)
        yield (value, tensor), (other, match.b.weights[other])
    for value, tensor in match.b.weights.items():
        if value not in taken:
            yield None, (value, tensor)
    for node, other in match.nodes.items():
        yield from _pairs_inside(match, node, other)


def _pairs_inside(match: GraphMatch, node: ir.Node, other: ir.Node) -> Iterator[tuple[_Weight | None, _Weight | None]]:
    bodies = dict(subgraphs(other))
    for name, body in subgraphs(node):
        if name in bodies:
            yield from _pairs(_match_bodies(match, body, bodies[name]))


def _match_bodies(match: GraphMatch, a: ir.Graph, b: ir.Graph) -> GraphMatch:
    return match_graphs(view_graph(a, match.a.opsets), view_graph(b, match.b.opsets), match.values)


def _single(mine: _Weight | None, theirs: _Weight | None) -> WeightChange:
    if mine is not None:
        return WeightChange(change=Change.REMOVED, a="", b="", type_a=describe_weight(mine[1]))
    if theirs is None:
        raise ValueError("a weight of neither model")
    return WeightChange(change=Change.ADDED, a="", b="", type_b=describe_weight(theirs[1]))


def _user(value: ir.Value | None) -> str:
    if value is None:
        return ""
    return next((node_label(use.node) for use in value.uses()), "")


def compare_weights(a: ir.TensorProtocol, b: ir.TensorProtocol, *, rtol: float, atol: float) -> WeightChange | None:
    """How one weight differs, without names; None if it is equal."""
    same_type = a.dtype == b.dtype and a.shape == b.shape
    if same_type and _same_bytes(a, b):
        return None
    found = WeightChange(change=Change.CHANGED, a="", b="", type_a=describe_weight(a), type_b=describe_weight(b))
    if math.prod(a.shape.numpy()) != math.prod(b.shape.numpy()):
        return found
    first, second = a.numpy(), b.numpy()
    perm = find_permutation(first, second)
    turned = first.transpose(perm) if perm is not None else first
    if turned.shape != second.shape:
        return found
    apart = distance(second, turned, rtol=rtol, atol=atol)
    exact = distance(second, turned, rtol=0.0, atol=0.0)
    within = a.dtype == b.dtype and perm is None and apart.mismatches == 0 and (rtol > 0 or atol > 0)
    return replace(
        found,
        perm=perm,
        max_abs=apart.max_abs,
        max_rel=apart.max_rel,
        cosine=apart.cosine,
        unequal=exact.mismatches,
        within=within,
    )


def _same_bytes(a: ir.TensorProtocol, b: ir.TensorProtocol) -> bool:
    """Whether two tensors of one dtype and shape hold the same, read piece by piece."""
    if a.dtype is ir.DataType.STRING:
        return bool((a.numpy() == b.numpy()).all())
    first, second = payload(a), payload(b)
    for start in range(0, len(first), _CHUNK):
        same = np.array_equal(
            np.frombuffer(first[start : start + _CHUNK], np.uint8),
            np.frombuffer(second[start : start + _CHUNK], np.uint8),
        )
        release_pages(first)
        release_pages(second)
        if not same:
            return False
    return True


def find_permutation(a: np.ndarray, b: np.ndarray) -> tuple[int, ...] | None:
    """The order of axes that brings ``a`` nearest to ``b``; None when it is the given one, or none fits the shapes.

    Nearest is decided on the sizes first and then on a sample of the elements, so that large tensors stay where they
    are.
    """
    if a.ndim != b.ndim or not 2 <= a.ndim <= _MOST_AXES or a.dtype.kind in "OSU":
        return None
    orders = [order for order in itertools.permutations(range(a.ndim)) if tuple(a.shape[i] for i in order) == b.shape]
    if not orders or a.size == 0:
        return None
    errors = {order: _sampled_error(a.transpose(order), b) for order in orders}
    best = min(orders, key=lambda order: (errors[order], order))
    plain = tuple(range(a.ndim))
    if best == plain or (plain in errors and errors[best] > 0.01 * errors[plain]):
        return None
    return best


def _sampled_error(a: np.ndarray, b: np.ndarray) -> float:
    places = np.random.default_rng(0).integers(0, a.size, min(a.size, 512))
    where = np.unravel_index(places, a.shape)
    kind = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(a[where].astype(kind) - b[where].astype(kind))
    return float(np.nan_to_num(difference, nan=0.0, posinf=1e300).sum())
