"""Finds the operators' layouts that need the fewest Transposes, then move the fewest elements.

Expansion moves (Boykov, Veksler and Zabih 2001): for each layout in turn, a minimum cut finds the best set of operators
to switch to it. With two layouts, the case of convolution networks, this is the exact optimum. A move is taken only if
the cost becomes smaller, so that the search ends and Transposes never get more.
"""

from __future__ import annotations

from collections import Counter

from modelwright.passes.layout.mincut import INFINITE, CutGraph
from modelwright.passes.layout.nets import Demand, Net, Problem
from modelwright.passes.layout.permutations import Layout, between, elements, moves_only_ones, permuted
from modelwright.rewrites.context import RewriteContext

_TRANSPOSE = 1 << 44
_RESHAPE = 1 << 34
_ELEMENT = 16
_MOST_ELEMENTS = 1 << 29
_DISLIKE = 1
_ROUNDS = 4

# Those in capitals are TFLite's, which work with channels last.
_SPATIAL_OPERATORS = frozenset(
    """
    Conv ConvTranspose MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool BatchNormalization Resize
    InstanceNormalization DepthToSpace SpaceToDepth
    CONV_2D DEPTHWISE_CONV_2D TRANSPOSE_CONV CONV_3D CONV_3D_TRANSPOSE MAX_POOL_2D AVERAGE_POOL_2D RESIZE_BILINEAR
    RESIZE_NEAREST_NEIGHBOR
    """.split()
)


class Solver:
    """Chooses layouts for the operators of a problem.

    Attributes:
        labels: The layout of each operator, in the problem's order.
    """

    def __init__(self, context: RewriteContext, problem: Problem) -> None:
        self._context = context
        self._problem = problem
        self.labels = list(problem.origins)
        self._shapes = [context.shape(net.root) for net in problem.nets]

    def solve(self) -> bool:
        """Finds the labels; returns whether any differs from the original."""
        for nets in self._groups():
            self._solve_group(nets)
        return self.labels != self._problem.origins

    def _groups(self) -> list[list[int]]:
        groups: dict[int | None, list[int]] = {}
        for number, net in enumerate(self._problem.nets):
            groups.setdefault(self._problem.frames.group(net.root), []).append(number)
        return list(groups.values())

    def _solve_group(self, nets: list[int]) -> None:
        candidates, liked = self._candidates(nets)
        operators = self._operators(nets)
        if not operators:
            return
        best = self._cost(nets, operators, liked)
        for _ in range(_ROUNDS):
            before = best
            for alpha in candidates:
                switched = _Expansion(self, nets, operators, alpha, liked).switched()
                if not switched:
                    continue
                old = {number: self.labels[number] for number in switched}
                for number in switched:
                    self.labels[number] = alpha
                cost = self._cost(nets, operators, liked)
                if cost < best:
                    best = cost
                else:
                    for number, label in old.items():
                        self.labels[number] = label
            if best == before:
                break

    def _candidates(self, nets: list[int]) -> tuple[list[Layout], Layout | None]:
        """Layouts that something fixed wants, and the one that most spatial operators want."""
        wanted: dict[Layout, None] = {}
        spatial: Counter[Layout] = Counter()
        frames = self._problem.frames
        for number in nets:
            net = self._problem.nets[number]
            if net.producer is None:
                wanted[frames.layout(net.root)] = None
                maker = net.root.producer()
                if maker is not None and maker.op_type in _SPATIAL_OPERATORS:
                    spatial[frames.layout(net.root)] += 1
            for demand in net.demands:
                if demand.operator is None:
                    wanted[frames.layout(demand.value)] = None
                    if demand.node is not None and demand.node.op_type in _SPATIAL_OPERATORS:
                        spatial[frames.layout(demand.value)] += 1
        return list(wanted), spatial.most_common(1)[0][0] if spatial else None

    def _operators(self, nets: list[int]) -> list[int]:
        found: dict[int, None] = {}
        for number in nets:
            net = self._problem.nets[number]
            if net.producer is not None:
                found[net.producer] = None
            found.update((demand.operator, None) for demand in net.demands if demand.operator is not None)
        return list(found)

    def producer_layout(self, net: Net) -> Layout:
        """The layout in which a tensor is made, with the present labels."""
        return self._problem.frames.layout(net.root) if net.producer is None else self.labels[net.producer]

    def demand_layout(self, demand: Demand) -> Layout:
        """The layout in which a use wants the tensor, with the present labels."""
        if demand.operator is not None:
            return self.labels[demand.operator]
        return self._problem.frames.layout(demand.value)

    def net(self, number: int) -> Net:
        """A tensor of the problem."""
        return self._problem.nets[number]

    def copy_cost(self, number: int, old: Layout, new: Layout) -> int:
        """What it costs to have a tensor in another layout as well."""
        if old == new:
            return 0
        shape = self._shapes[number]
        root = self._problem.frames.layout(self._problem.nets[number].root)
        if shape is not None:
            shape = permuted(shape, between(root, old))
            if moves_only_ones(shape, between(old, new)):
                return _RESHAPE
        return _TRANSPOSE + _ELEMENT * min(elements(shape), _MOST_ELEMENTS)

    def operator_cost(self, number: int, label: Layout, liked: Layout | None) -> int:
        """What it costs that an operator works in a layout; INFINITE if it cannot."""
        origin = self._problem.origins[number]
        taste = _DISLIKE if liked is not None and label != liked else 0
        if label == origin:
            return taste
        item, perm = self._problem.operators[number], between(origin, label)
        if not item.allows(perm):
            return INFINITE
        moved = item.moved_inside(perm)
        return taste + (_TRANSPOSE + _ELEMENT * min(moved, _MOST_ELEMENTS) if moved else 0)

    def _cost(self, nets: list[int], operators: list[int], liked: Layout | None) -> int:
        total = sum(self.operator_cost(number, self.labels[number], liked) for number in operators)
        for number in nets:
            net = self.net(number)
            made = self.producer_layout(net)
            total += sum(
                self.copy_cost(number, made, wanted)
                for wanted in dict.fromkeys(self.demand_layout(demand) for demand in net.demands)
            )
        return total


class _Expansion:
    """The cut that decides which operators switch to the layout ``alpha``: the sink's side does."""

    def __init__(
        self, solver: Solver, nets: list[int], operators: list[int], alpha: Layout, liked: Layout | None
    ) -> None:
        self._solver = solver
        self._alpha = alpha
        self._graph = CutGraph()
        self._nodes: dict[int, int] = {}
        for number in operators:
            self._add_operator(number, liked)
        for number in nets:
            self._add_net(number)

    def switched(self) -> list[int]:
        """Operators that switch, in order."""
        side = self._graph.sink_side()
        return [number for number, node in self._nodes.items() if node in side and node > 1]

    def _add_operator(self, number: int, liked: Layout | None) -> None:
        solver, graph = self._solver, self._graph
        label = solver.labels[number]
        if label == self._alpha:
            self._nodes[number] = graph.SINK
            return
        after = solver.operator_cost(number, self._alpha, liked)
        if after >= INFINITE:
            self._nodes[number] = graph.SOURCE
            return
        node = self._nodes[number] = graph.node()
        before = solver.operator_cost(number, label, liked)
        graph.edge(graph.SOURCE, node, max(after - before, 0))
        graph.edge(node, graph.SINK, max(before - after, 0))

    def _side(self, operator: int | None, layout: Layout) -> int:
        if operator is not None:
            return self._nodes[operator]
        return self._graph.SINK if layout == self._alpha else self._graph.SOURCE

    def _add_net(self, number: int) -> None:
        solver, alpha = self._solver, self._alpha
        net = solver.net(number)
        made = solver.producer_layout(net)
        maker = self._side(net.producer, made)
        wanting: dict[Layout, list[int]] = {}
        for demand in net.demands:
            layout = solver.demand_layout(demand)
            wanting.setdefault(layout, []).append(self._side(demand.operator, layout))
        everyone = [node for nodes in wanting.values() for node in nodes]
        other = made if made != alpha else next((layout for layout in wanting if layout != alpha), made)
        self._copy_to_alpha(maker, everyone, solver.copy_cost(number, other, alpha))
        for layout, nodes in wanting.items():
            if layout != alpha:
                present = made == layout
                cost = solver.copy_cost(number, alpha if present else made, layout)
                self._copy_to_other(maker if present else self._graph.SINK, nodes, cost)

    def _copy_to_alpha(self, maker: int, nodes: list[int], cost: int) -> None:
        """Costs once if the maker stays and any user is in ``alpha``."""
        graph = self._graph
        free = [node for node in dict.fromkeys(nodes) if node not in (graph.SOURCE, maker)]
        if graph.SINK in free:
            graph.edge(maker, graph.SINK, cost)
        elif len(free) == 1:
            graph.edge(maker, free[0], cost)
        elif free:
            copy = graph.node()
            graph.edge(maker, copy, cost)
            for node in free:
                graph.edge(copy, node, INFINITE)

    def _copy_to_other(self, maker: int, nodes: list[int], cost: int) -> None:
        """Costs once if the maker is in ``alpha`` and any user stays."""
        graph = self._graph
        free = [node for node in dict.fromkeys(nodes) if node not in (graph.SINK, maker)]
        if graph.SOURCE in free:
            graph.edge(graph.SOURCE, maker, cost)
        elif len(free) == 1:
            graph.edge(free[0], maker, cost)
        elif free:
            copy = graph.node()
            graph.edge(copy, maker, cost)
            for node in free:
                graph.edge(node, copy, INFINITE)
