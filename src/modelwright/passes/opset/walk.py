"""Walks every node of a model from the version it is written in to the opset asked for, step by step.

Nodes step one by one, each with its own version in ``node.version``, because what a step writes is in the opset that it
reaches, and what the standard's function bodies hold is in the opset of the body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.hub.function_bodies import expand_by_standard
from modelwright.hub.names import NameScope
from modelwright.hub.opset_schemas import (
    operator_versions,
    schema_change,
    since_version,
    type_faults,
    unknown_to_older,
)
from modelwright.hub.shapes import Shapes
from modelwright.hub.subgraphs import all_nodes, subgraphs_of
from modelwright.passes.opset.adapters import lifting, lowering
from modelwright.passes.opset.axes import count_axes_from_front
from modelwright.passes.opset.builder import CannotSay, StepBuilder
from modelwright.passes.opset.carriers import carry
from modelwright.passes.opset.meaning import same_meaning
from modelwright.passes.opset.replacing import install, record
from modelwright.registry import Operator
from modelwright.rewrites.context import source_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """A node that cannot be said at the opset asked for: operator, name, why, a remedy, and since when it can be."""

    op_type: str
    node: str
    reason: str
    hint: str
    since: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A node of the source: its operator, the name it is known by, and a number of its own."""

    op_type: str
    name: str
    number: int


@dataclass(slots=True, kw_only=True)
class Walked:
    """What was done.

    Attributes:
        decomposed: Operator to the number of its nodes that other operators stand for now.
        reformed: Operator to the number of its nodes that only took another form.
        unsaid: Nodes that cannot be said.
        touched: Values that replaced nodes used; their constants may be needed no more.
    """

    decomposed: Counter[str] = field(default_factory=Counter[str])
    reformed: Counter[str] = field(default_factory=Counter[str])
    unsaid: list[Unsaid] = field(default_factory=list[Unsaid])
    touched: dict[ir.Value, None] = field(default_factory=dict[ir.Value, None])


class Walk:
    """One walk over a model's main graph and all bodies in it."""

    def __init__(self, root: ir.Graph, present: int, target: int) -> None:
        self.root = root
        self.target = target
        self.names = NameScope.of_graph(root)
        self.shapes = Shapes(present)
        self.result = Walked()
        self._shared: dict[tuple[object, ...], ir.Value] = {}
        self._queue: list[ir.Node] = []
        self._origin: dict[ir.Node, Origin] = {}
        self._replaced: dict[Origin, bool] = {}

    def run(self, present: int, *, only: frozenset[str] | None = None) -> Walked:
        """Steps every node; nodes that cannot be said are left as they are and noted.

        Args:
            present: The opset of nodes that do not tell their own.
            only: Operators to step, and what is made of them; None for all. Nodes then keep the version they came to.
        """
        nodes = list(all_nodes(self.root))
        for node in nodes:
            node.version = (node.version or present) if not node.domain else None
        self._queue = [node for node in nodes[::-1] if only is None or node.op_type in only]
        while self._queue:
            node = self._queue.pop()
            if node.graph is None or node.domain:
                continue
            try:
                self._step(node)
            except (CannotSay, ConversionError) as error:
                self._note(node, error)
        for node in all_nodes(self.root):
            node.version = node.version if only is not None else None
        for origin, decomposed in self._replaced.items():
            counts = self.result.decomposed if decomposed else self.result.reformed
            counts[origin.op_type] += 1
        return self.result

    def _note(self, node: ir.Node, error: CannotSay | ConversionError) -> None:
        origin = self._origin_of(node)
        since = error.since if isinstance(error, CannotSay) else None
        self.result.unsaid.append(
            Unsaid(op_type=origin.op_type, node=origin.name, reason=error.message, hint=error.hint, since=since)
        )

    def _origin_of(self, node: ir.Node) -> Origin:
        """The node of the source that this one came from."""
        found = self._origin.get(node)
        return found if found is not None else Origin(node.op_type, source_of(node), id(node))

    def _step(self, node: ir.Node) -> None:
        """Takes the node as far as its form goes; what has to be written anew comes back through the queue."""
        version = node.version if node.version is not None else self.target
        written_here = node in self._origin
        if written_here and self._carried(node, version):
            return
        while (crossing := next_crossing(node.op_type, version, self.target)) is not None:
            down = self.target < version
            if self._crossed(node, crossing, down=down):
                return
            version = crossing - 1 if down else crossing
            node.version = version
            if self._carried(node, version):
                return
        node.version = self.target

    def _carried(self, node: ir.Node, version: int) -> bool:
        for value in (*node.inputs, *node.outputs):
            if value is not None and value.type is None:
                self.shapes.dtype(value)
        faults = type_faults(node, version)
        if not faults:
            return False
        op = self._builder(node, version)
        try:
            values = carry(op, faults)
        except CannotSay as error:
            error.since = error.since or self._typed_since(node, version)
            raise
        self._replace(node, values, op.emitted)
        return True

    def _typed_since(self, node: ir.Node, version: int) -> int | None:
        """The next version of the operator that takes the node's types."""
        later = (item for item in operator_versions(node.op_type) if item > version)
        return next((item for item in later if not type_faults(node, item)), None)

    def _crossed(self, node: ir.Node, crossing: int, *, down: bool) -> bool:
        """Takes the node over a new version of its operator; returns whether other nodes took its place."""
        older = since_version(node.op_type, crossing - 1)
        if older is None:
            self._lower_new(node, crossing)
            return True
        if down and crossing == 11:
            count_axes_from_front(self._builder(node, node.version or crossing))
        change = schema_change(node.op_type, older, crossing)
        step = lowering(node.op_type, crossing) if down else lifting(node.op_type, crossing)
        if step is not None and self._apply(node, step, crossing - 1 if down else crossing):
            return True
        beyond = unknown_to_older(node, older, crossing) if down and change.compatible else ""
        if beyond and self._expanded(node, crossing):
            return True
        if beyond:
            raise CannotSay(f"{beyond} exists since opset {crossing}", since=crossing)
        if not change.compatible or not (change.proven or same_meaning(node.op_type, crossing)):
            raise CannotSay(f"how opset {crossing} changed it is not known here", since=crossing if down else None)
        if down:
            for name in change.new_attributes:
                node.attributes.pop(name, None)
        return False

    def _lower_new(self, node: ir.Node, since: int) -> None:
        """Takes apart an operator that does not exist below: by a step of ours, else as the standard defines it."""
        step = lowering(node.op_type, since)
        done = self._apply(node, step, since - 1) if step is not None else self._expanded(node, since)
        if not done:
            raise CannotSay(f"the operator exists since opset {since}", since=since)

    def _expanded(self, node: ir.Node, since: int) -> bool:
        """Puts the nodes that the standard defines the operator by in its place, if it does."""
        found = expand_by_standard(node, node.version or since, self.names)
        graph = node.graph
        if found is None or graph is None:
            return False
        nodes, values, version = found
        graph.insert_before(node, nodes)
        emitted = [inner for item in nodes for inner in (item, *_inner_nodes(item))]
        for item in emitted:
            item.version = version if not item.domain else None
        self._replace(node, values, emitted)
        return True

    def _apply(self, node: ir.Node, step: Operator, opset: int) -> bool:
        """Writes the node anew; False when the step says that it may stay as it is."""
        op = self._builder(node, opset)
        attributes = {name: item.value for name, item in node.attributes.items()}
        keywords = step.bind(attributes, len(node.inputs), node=source_of(node))
        made = step.function(op, *node.inputs, **keywords)
        if made is None:
            return False
        self._replace(node, [made] if isinstance(made, ir.Value) else list(made), op.emitted)
        return True

    def _builder(self, node: ir.Node, opset: int) -> StepBuilder:
        graph = node.graph
        if not isinstance(graph, ir.Graph):
            raise CannotSay("it stands in a function")
        op = StepBuilder(graph, opset, root=self.root, names=self.names, shapes=self.shapes, node=node, before=node)
        return op.sharing(self._shared)

    def _replace(self, node: ir.Node, values: Sequence[ir.Value | None], emitted: list[ir.Node]) -> None:
        origin = self._origin_of(node)
        same = len(emitted) == 1 and emitted[0].op_type == origin.op_type
        self._replaced[origin] = self._replaced.get(origin, False) or not same
        record(self.result.touched, node)
        made = install(node, values, emitted, self.names)
        for item in (*emitted, *made):
            self._origin[item] = origin
        self._queue.extend(reversed([*emitted, *made]))


def next_crossing(op_type: str, version: int, target: int) -> int | None:
    """The next opset on the way to ``target`` at which the operator was defined anew, or None.

    On the way down that is the version in force, to be left; on the way up the version to come.

    Raises:
        CannotSay: The operator does not exist at ``version``.
    """
    now = since_version(op_type, version)
    if now is None:
        raise CannotSay(f"there is no such operator at opset {version}")
    if target < version:
        return now if now > target else None
    return min((item for item in operator_versions(op_type) if version < item <= target), default=None)


def _inner_nodes(node: ir.Node) -> Iterator[ir.Node]:
    """All nodes in the bodies of a node."""
    for body in subgraphs_of(node):
        yield from all_nodes(body)
