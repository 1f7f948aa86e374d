"""Tensors of two models that should be equal: by structure, by name, and where both are silent by their values."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.verify.diff.matching import GraphMatch
from modelwright.verify.locate.probe import Digest

_ALIKE: Final = 1e-4
"""How near means and norms must be, relative to the norm's scale, for two tensors to count as one."""

_MOVERS: Final = frozenset({"Transpose", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorPair:
    """A tensor of the source and the one of the model that should equal it.

    Attributes:
        source: Name in the source.
        model: Name in the model.
        matched_by: ``name``, ``structure`` or ``values``.
        nbytes: Bytes of the tensor, as far as known.
    """

    source: str
    model: str
    matched_by: str
    nbytes: int


def pair_tensors(match: GraphMatch, source: Mapping[str, Digest], model: Mapping[str, Digest]) -> dict[str, TensorPair]:
    """The pairs by the model's names.

    A pair whose nodes do not do quite the same (a Conv into which a BatchNormalization was folded keeps its name, but
    not its values) counts only if the values are alike, or if only the fault that is looked for can explain that they
    are not.

    Args:
        match: The graphs of source (``a``) and model (``b``).
        source: Digests of the source's tensors.
        model: Digests of the model's.
    """
    pairs: dict[str, TensorPair] = {}
    taken: set[str] = set()

    def add(mine: str, theirs: str, how: str) -> None:
        if theirs not in pairs and mine not in taken:
            taken.add(mine)
            pairs[theirs] = TensorPair(source=mine, model=theirs, matched_by=how, nbytes=model[theirs].nbytes)

    candidates = [item for item in _candidates(match) if item[0] in source and item[1] in model]
    for mine, theirs, firm in candidates:
        if firm or digests_alike(source[mine], model[theirs]):
            add(mine, theirs, "name" if mine == theirs else "structure")
    left = {name: digest for name, digest in source.items() if name not in taken}
    for mine, theirs in pair_by_values(left, {name: item for name, item in model.items() if name not in pairs}):
        add(mine, theirs, "values")
    return pairs


def _candidates(match: GraphMatch) -> Iterator[tuple[str, str, bool]]:
    """Names in both models, and whether their nodes do the same; from the structure first, then by name alone."""
    for mine, theirs in match.outputs:
        if mine.name and theirs.name:
            yield mine.name, theirs.name, True
    seen: set[ir.Value] = {value for pair in match.outputs for value in pair}
    for node, other in match.nodes.items():
        for mine, theirs in zip(node.outputs, other.outputs, strict=False):
            if mine.name and theirs.name and not {mine, theirs} & seen:
                yield mine.name, theirs.name, _firm(match, mine, theirs)
            seen.update((mine, theirs))
    names = {value.name: value for node in match.b.nodes for value in node.outputs if value.name}
    for node in match.a.nodes:
        for value in node.outputs:
            other = names.get(value.name or "")
            if value.name and other is not None and not {value, other} & seen:
                yield value.name, value.name, _firm(match, value, other)


def _firm(match: GraphMatch, mine: ir.Value, theirs: ir.Value) -> bool:
    """Whether two values are results of nodes that do the same.

    What follows a node can be folded into its weights; so of a node with weights the same must follow, too.
    """
    node, other = mine.producer(), theirs.producer()
    if node is None or other is None or not _same_role(node, other):
        return False
    weighed = any(value in match.a.weights or value in match.b.weights for value in (*node.inputs, *other.inputs))
    return _same_use(mine, theirs) if weighed else True


def _same_role(node: ir.Node, other: ir.Node) -> bool:
    return (node.domain, node.op_type) == (other.domain, other.op_type) and [
        value is not None for value in node.inputs
    ] == [value is not None for value in other.inputs]


def _same_use(mine: ir.Value, theirs: ir.Value) -> bool:
    """Whether the same operators read both, apart from those that only move elements about."""
    uses, others = _uses(mine), _uses(theirs)
    return not uses and not others if not uses or not others else bool(uses & others)


def _uses(value: ir.Value) -> set[str]:
    """The operators that read a value; ``output`` if it is one."""
    found: set[str] = set()
    seen: set[ir.Value] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if item in seen:
            continue
        seen.add(item)
        found |= {"output"} if item.is_graph_output() else set()
        for use in item.uses():
            if use.node.op_type in _MOVERS and use.idx == 0:
                pending.extend(use.node.outputs)
            else:
                found.add(use.node.op_type)
    return found


def digests_alike(a: Digest, b: Digest, *, tolerance: float = _ALIKE) -> bool:
    """Whether two tensors may be equal up to rounding and layout."""
    if _sizes(a.shape) != _sizes(b.shape) or math.isnan(a.norm) is not math.isnan(b.norm):
        return False
    if math.isnan(a.norm):
        return a.dtype == b.dtype
    if not math.isfinite(a.norm) or not math.isfinite(b.norm):
        return a.norm == b.norm
    scale = max(a.norm, b.norm)
    spread = scale / math.sqrt(max(a.size, 1))
    return abs(a.norm - b.norm) <= tolerance * scale and abs(a.mean - b.mean) <= tolerance * spread


def _sizes(shape: Sequence[int]) -> list[int]:
    return sorted(size for size in shape if size != 1)


def pair_by_values(source: Mapping[str, Digest], model: Mapping[str, Digest]) -> Iterator[tuple[str, str]]:
    """Tensors whose values say that they are the same, each the only one alike in the other model."""
    telling = [(item.norm, name) for name, item in model.items() if _tells(item)]
    telling.sort()
    norms = [norm for norm, _ in telling]
    found: dict[str, list[str]] = {}
    for name, digest in source.items():
        if not _tells(digest):
            continue
        low = bisect.bisect_left(norms, digest.norm * (1 - 2 * _ALIKE))
        high = bisect.bisect_right(norms, digest.norm * (1 + 2 * _ALIKE))
        alike = [other for _, other in telling[low:high] if digests_alike(digest, model[other])]
        if alike:
            found[name] = alike
    wanted = Counter(other for others in found.values() for other in others)
    for name, others in found.items():
        if len(others) == 1 and wanted[others[0]] == 1:
            yield name, others[0]


def _tells(digest: Digest) -> bool:
    """Whether mean and norm say which tensor it is: of floats, several elements, not constant."""
    if not digest.dtype.startswith(("float", "bfloat")) or digest.size < 4 or not math.isfinite(digest.norm):
        return False
    return digest.norm > abs(digest.mean) * math.sqrt(digest.size) * (1 + 1e-6)
