"""Applies rules with a worklist until nothing changes.

Each node is tried when it is new, when an input's producer changed or when one of its outputs lost a user, so that the
work is proportional to the number of nodes plus the number of rewrites.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.subgraphs import all_nodes, subgraphs_of
from modelwright.rewrites.context import RewriteContext, source_of
from modelwright.rewrites.rule import Applied, NotApplied, Rule

_REWRITES_PER_NODE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A rule that looked at a node and left it: the rule's name, the source's layer name and the reason."""

    rule: str
    node: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Statistics:
    """What the rewrites did.

    Attributes:
        applied: Rule to number of times, in the order of first application.
        near_misses: Rules that did not apply, filled only when ``explain`` is set.
        explain: Whether to collect near misses.
    """

    applied: dict[str, int] = field(default_factory=dict[str, int])
    near_misses: list[NearMiss] = field(default_factory=list[NearMiss])
    explain: bool = False

    def count(self, name: str, times: int = 1) -> None:
        """Adds to a rule's number."""
        if times:
            self.applied[name] = self.applied.get(name, 0) + times

    @property
    def total(self) -> int:
        """The number of rewrites."""
        return sum(self.applied.values())


def apply_rules(context: RewriteContext, rules: Sequence[Rule], statistics: Statistics) -> int:
    """Applies ``rules`` to the whole model, subgraphs included, until none applies.

    Args:
        context: The model.
        rules: Tried in this order on each node.
        statistics: Counts are added here.

    Returns:
        The number of rewrites.

    Raises:
        InternalError: The rules undo each other.
    """
    by_root: dict[str, list[Rule]] = {}
    for rule in rules:
        for op_type in rule.roots:
            by_root.setdefault(op_type, []).append(rule)
    work = _Worklist(all_nodes(context.root))
    limit = _REWRITES_PER_NODE * len(work) + 1000
    count = 0
    while (node := work.pop()) is not None:
        applied = _try(context, node, by_root.get(node.op_type, ()), statistics) if not node.domain else None
        if applied is None:
            continue
        count += 1
        if count > limit:
            raise InternalError("the rewrites do not come to an end", node=source_of(node))
        _install(context, node, applied, work)
    return count


class _Worklist:
    """A queue of nodes without repetition; removed nodes are skipped."""

    def __init__(self, nodes: Iterable[ir.Node]) -> None:
        self._queue = deque(nodes)
        self._waiting = set(self._queue)

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, node: ir.Node | None) -> None:
        if node is not None and node.graph is not None and node not in self._waiting:
            self._waiting.add(node)
            self._queue.append(node)

    def pop(self) -> ir.Node | None:
        while self._queue:
            node = self._queue.popleft()
            self._waiting.discard(node)
            if node.graph is not None:
                return node
        return None


def _try(context: RewriteContext, node: ir.Node, rules: Iterable[Rule], statistics: Statistics) -> Applied | None:
    for rule in rules:
        outcome = rule.apply(context, node)
        if isinstance(outcome, NotApplied):
            if statistics.explain and outcome.reason:
                statistics.near_misses.append(NearMiss(rule=rule.name, node=source_of(node), reason=outcome.reason))
            continue
        if len(outcome.values) != len(node.outputs):
            raise InternalError(f"the rewrite {rule.name!r} replaces a number of outputs that {node.op_type} has not")
        statistics.count(rule.name)
        return outcome
    return None


def _install(context: RewriteContext, node: ir.Node, applied: Applied, work: _Worklist) -> None:
    emitted = context.take_emitted()
    users = [use.node for output in node.outputs for use in output.uses()]
    for old, new in zip(node.outputs, applied.values, strict=True):
        if old.uses() or old.is_graph_output():  # what stands for an output without use may be of another type
            context.replace(old, new)
    emitted += context.take_emitted()
    for source in remove_dead(node):
        work.add(source.producer())
        for use in source.uses():
            work.add(use.node)
    for new in emitted:
        for source in new.inputs:
            if source is not None:
                work.add(source.producer())
        work.add(new)
    for value in applied.values:
        work.add(value.producer())
    for user in users:
        work.add(user)


def remove_dead(node: ir.Node) -> list[ir.Value]:
    """Removes ``node`` if nothing uses it, and then the nodes that only served it.

    Returns:
        Values that lost a use but are still made by a living node, in order.
    """
    touched: dict[ir.Value, None] = {}
    stack = [node]
    while stack:
        candidate = stack.pop()
        graph = candidate.graph
        if graph is None or any(output.uses() or output.is_graph_output() for output in candidate.outputs):
            continue
        sources = [value for value in candidate.inputs if value is not None]
        graph.remove(candidate, safe=True)
        for body in subgraphs_of(candidate):
            sources += _dissolve(body)
        for value in sources:
            producer = value.producer()
            if producer is not None:
                touched[value] = None
                stack.append(producer)
    return [value for value in touched if (maker := value.producer()) is not None and maker.graph is not None]


def _dissolve(body: ir.Graph) -> list[ir.Value]:
    """Takes a dead subgraph apart so that its nodes use nothing any more, and returns what they used."""
    body.outputs.clear()
    used: dict[ir.Value, None] = {}
    for node in list(all_nodes(body)):
        used.update((value, None) for value in node.inputs if value is not None)
        graph = node.graph
        if graph is not None:
            for index in range(len(node.inputs)):
                node.replace_input_with(index, None)
            graph.remove(node)
    return list(used)
