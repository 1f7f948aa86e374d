"""Which node of one graph is which of the other.

Nodes with equal structure on both sides (everything they are computed from, and everything computed from them) are the
same whatever they are called; then those equal from one side. Between these, matches spread from a node to its
neighbours at the same place, and names decide where structure is silent. A name alone counts least, for exporters
number their nodes anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.verify.diff.structure import GraphView, Identities, Interner, identify

Pair = tuple[ir.Node, ir.Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMatch:
    """Two graphs with what belongs together.

    Attributes:
        a: The first graph.
        b: The second.
        inputs: Inputs of ``a`` with those of ``b``.
        outputs: Outputs, likewise.
        nodes: Nodes of ``a`` to those of ``b``.
        alike: Nodes of ``a`` whose match is equal but for large weights.
        values: Values of ``a`` to those of ``b``: inputs, results of matched nodes, weights at the same place.
    """

    a: GraphView
    b: GraphView
    inputs: tuple[tuple[ir.Value, ir.Value], ...]
    outputs: tuple[tuple[ir.Value, ir.Value], ...]
    nodes: Mapping[ir.Node, ir.Node]
    alike: frozenset[ir.Node]
    values: Mapping[ir.Value, ir.Value]


def match_graphs(a: GraphView, b: GraphView, outer: Mapping[ir.Value, ir.Value] | None = None) -> GraphMatch:
    """Matches two graphs.

    Args:
        a: The first graph.
        b: The second.
        outer: Values of enclosing graphs that belong together.
    """
    inputs = pair_values(a.inputs, b.inputs)
    outputs = pair_values(a.outputs, b.outputs, by_place=True)
    number = Interner()
    ends_a, ends_b = _ends(inputs, outputs, outer or {})
    matcher = _Matcher(a, b)
    for contents in (True, False):
        ids_a = identify(a, number, ends=ends_a, contents=contents)
        ids_b = identify(b, number, ends=ends_b, contents=contents)
        matcher.equal(ids_a, ids_b, lambda ids, node: (ids.down[node], ids.up[node]))
        matcher.equal(ids_a, ids_b, lambda ids, node: ids.down[node])
        matcher.equal(ids_a, ids_b, lambda ids, node: ids.up[node])
    matcher.spread(inputs, outputs, mind_names=True)
    matcher.names()
    matcher.spread(inputs, outputs, mind_names=False)
    own_a, own_b = (identify(view, number, ends=ends, contents=True).own for view, ends in ((a, ends_a), (b, ends_b)))
    return GraphMatch(
        a=a,
        b=b,
        inputs=inputs,
        outputs=outputs,
        nodes=matcher.found,
        alike=frozenset(node for node, other in matcher.found.items() if own_a[node] == own_b[other]),
        values=_values(a, b, inputs, matcher.found, outer or {}),
    )


def pair_values(
    a: Sequence[ir.Value], b: Sequence[ir.Value], *, by_place: bool = False
) -> tuple[tuple[ir.Value, ir.Value], ...]:
    """Inputs or outputs that belong together: by name, then the others in order, if dtype and rank allow.

    Args:
        a: Those of the first graph.
        b: Those of the second.
        by_place: Whether the remaining ones pair although their shapes are unlike.
    """
    names = {value.name: value for value in b}
    pairs = {value: names[value.name] for value in a if value.name in names}
    taken = set(pairs.values())
    left = [value for value in b if value not in taken]
    rest = [value for value in a if value not in pairs]
    for value in rest:
        other = next((item for item in left if _fits(value, item)), None)
        if other is None and by_place and len(rest) == len(b) - len(taken):
            other = left[0]
        if other is not None:
            pairs[value] = other
            left.remove(other)
    return tuple((value, pairs[value]) for value in a if value in pairs)


def _fits(a: ir.Value, b: ir.Value) -> bool:
    ranks = [None if value.shape is None else len(value.shape) for value in (a, b)]
    return (a.dtype is None or b.dtype is None or a.dtype == b.dtype) and (None in ranks or ranks[0] == ranks[1])


def _ends(
    inputs: Iterable[tuple[ir.Value, ir.Value]],
    outputs: Iterable[tuple[ir.Value, ir.Value]],
    outer: Mapping[ir.Value, ir.Value],
) -> tuple[dict[ir.Value, object], dict[ir.Value, object]]:
    labelled = [
        *((("outer", place), pair) for place, pair in enumerate(outer.items())),
        *((("in", place), pair) for place, pair in enumerate(inputs)),
        *((("out", place), pair) for place, pair in enumerate(outputs)),
    ]
    return {pair[0]: label for label, pair in labelled}, {pair[1]: label for label, pair in labelled}


def _values(
    a: GraphView,
    b: GraphView,
    inputs: Iterable[tuple[ir.Value, ir.Value]],
    nodes: Mapping[ir.Node, ir.Node],
    outer: Mapping[ir.Value, ir.Value],
) -> dict[ir.Value, ir.Value]:
    values = {**outer, **dict(inputs)}
    for node, other in nodes.items():
        values |= dict(zip(node.outputs, other.outputs, strict=False))
    return values | _weight_pairs(a, b, nodes, values)


def _weight_pairs(
    a: GraphView, b: GraphView, nodes: Mapping[ir.Node, ir.Node], values: Mapping[ir.Value, ir.Value]
) -> dict[ir.Value, ir.Value]:
    """Weights at the same place of matched nodes, unless the name says otherwise; then those of one name."""
    names = {value.name: value for value in b.weights}
    same_name = {value: names[value.name] for value in a.weights if value.name in names}
    found: dict[ir.Value, ir.Value] = {}
    taken = set(values.values())

    def add(mine: ir.Value, theirs: ir.Value) -> None:
        if mine not in values and mine not in found and theirs not in taken:
            found[mine] = theirs
            taken.add(theirs)

    for node, other in nodes.items():
        for mine, theirs in zip(node.inputs, other.inputs, strict=False):
            if mine is None or theirs is None or mine not in a.weights or theirs not in b.weights:
                continue
            namesake = same_name.get(mine, theirs)
            if namesake is theirs or not _same_kind(a.weights[mine], b.weights[namesake]):
                add(mine, theirs)
    for mine, theirs in same_name.items():
        add(mine, theirs)
    return found


def _same_kind(first: ir.TensorProtocol, second: ir.TensorProtocol) -> bool:
    return first.dtype == second.dtype and first.shape == second.shape


@dataclass(slots=True)
class _Matcher:
    """The matches found so far."""

    a: GraphView
    b: GraphView
    found: dict[ir.Node, ir.Node] = field(default_factory=dict[ir.Node, ir.Node])
    taken: set[ir.Node] = field(default_factory=set[ir.Node])
    order: list[Pair] = field(default_factory=list[Pair])
    own_a: frozenset[ir.Node] = field(init=False)
    own_b: frozenset[ir.Node] = field(init=False)

    def __post_init__(self) -> None:
        """Keeps the nodes apart from Constants and from those of other graphs that read the same values."""
        self.own_a, self.own_b = frozenset(self.a.nodes), frozenset(self.b.nodes)

    def add(self, node: ir.Node, other: ir.Node) -> None:
        """Keeps a match."""
        self.found[node] = other
        self.order.append((node, other))
        self.taken.add(other)

    def equal(self, ids_a: Identities, ids_b: Identities, key: Callable[[Identities, ir.Node], object]) -> None:
        """Matches nodes of equal identity; of several alike those of one name, then in order if as many."""
        groups: dict[object, tuple[list[ir.Node], list[ir.Node]]] = defaultdict(lambda: ([], []))
        for node in self.a.nodes:
            if node not in self.found:
                groups[key(ids_a, node)][0].append(node)
        for node in self.b.nodes:
            if node not in self.taken:
                groups[key(ids_b, node)][1].append(node)
        for mine, theirs in groups.values():
            if mine and theirs:
                self._pair(mine, theirs)

    def _pair(self, mine: Sequence[ir.Node], theirs: Sequence[ir.Node]) -> None:
        names = {node.name: node for node in theirs if node.name}
        for node in mine:
            other = names.get(node.name or "")
            if other is not None and other not in self.taken:
                self.add(node, other)
        mine = [node for node in mine if node not in self.found]
        theirs = [node for node in theirs if node not in self.taken]
        if len(mine) == len(theirs):
            for node, other in zip(mine, theirs, strict=True):
                self.add(node, other)

    def names(self) -> None:
        """Matches what is left by node name, then by the name of the first output; the operator must be the same."""
        for name_of in (_node_name, _first_output):
            names = {name_of(node): node for node in reversed(self.b.nodes) if node not in self.taken}
            for node in self.a.nodes:
                name = name_of(node)
                other = names.get(name) if name and node not in self.found else None
                if other is not None and other not in self.taken and _same_operator(node, other):
                    self.add(node, other)

    def spread(
        self,
        inputs: Iterable[tuple[ir.Value, ir.Value]],
        outputs: Iterable[tuple[ir.Value, ir.Value]],
        *,
        mind_names: bool,
    ) -> None:
        """Matches neighbours of what is matched until nothing more is found.

        Args:
            inputs: Pairs of inputs to start from.
            outputs: Pairs of outputs to start from.
            mind_names: Leave a node alone if another node of the other graph has its name and operator.
        """
        named: Iterable[ir.Node] = self.b.nodes if mind_names else ()
        known = {(node.name, node.op_type) for node in named if node.name}
        for first, second in inputs:
            self._consumers(first, second, known)
        for first, second in outputs:
            self._producers(first, second, known)
        place = 0
        while place < len(self.order):
            node, other = self.order[place]
            place += 1
            for mine, theirs in zip(node.outputs, other.outputs, strict=False):
                self._consumers(mine, theirs, known)
            for mine, theirs in zip(node.inputs, other.inputs, strict=False):
                if mine is not None and theirs is not None:
                    self._producers(mine, theirs, known)

    def _consumers(self, mine: ir.Value, theirs: ir.Value, known: AbstractSet[object]) -> None:
        groups: dict[object, tuple[list[ir.Node], list[ir.Node]]] = defaultdict(lambda: ([], []))
        for use in mine.uses():
            if use.node in self.own_a and use.node not in self.found:
                groups[_operator(use.node), use.idx][0].append(use.node)
        for use in theirs.uses():
            if use.node in self.own_b and use.node not in self.taken:
                groups[_operator(use.node), use.idx][1].append(use.node)
        for first, second in groups.values():
            first = [node for node in first if self._free(node, second, known)]
            if first and second:
                self._pair(list(dict.fromkeys(first)), list(dict.fromkeys(second)))

    def _producers(self, mine: ir.Value, theirs: ir.Value, known: AbstractSet[object]) -> None:
        node, other = mine.producer(), theirs.producer()
        if node not in self.own_a or other not in self.own_b or node in self.found or other in self.taken:
            return
        if not self._free(node, [other], known):
            return
        if mine.index() == theirs.index() and _same_operator(node, other):
            self.add(node, other)

    def _free(self, node: ir.Node, others: Sequence[ir.Node], known: AbstractSet[object]) -> bool:
        return (node.name, node.op_type) not in known or any(other.name == node.name for other in others)


def _operator(node: ir.Node) -> tuple[str, str]:
    return node.domain, node.op_type


def _same_operator(node: ir.Node, other: ir.Node) -> bool:
    return _operator(node) == _operator(other)


def _node_name(node: ir.Node) -> str:
    return node.name or ""


def _first_output(node: ir.Node) -> str:
    return (node.outputs[0].name or "") if node.outputs else ""
