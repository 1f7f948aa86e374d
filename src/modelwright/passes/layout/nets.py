"""The layout problem of one graph: which values are the same tensor, who makes it, and who wants it in which order."""

from __future__ import annotations

from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import ints
from modelwright.passes.layout.frames import Frames
from modelwright.passes.layout.movable import Movable, describe
from modelwright.passes.layout.permutations import Layout, identity
from modelwright.rewrites.context import RewriteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One use of a tensor.

    Attributes:
        node: The user; None for an output of the graph.
        place: Which input of it.
        value: The value used there, in its original layout.
        operator: Number of the movable operator that uses it, or None if the order is fixed.
    """

    node: ir.Node | None
    place: int
    value: ir.Value
    operator: int | None


@dataclass(slots=True, kw_only=True)
class Net:
    """One logical tensor: a value and all that Transposes make of it.

    Attributes:
        root: The value that is not made by a Transpose of this problem.
        producer: Number of the movable operator that makes it, or None if its order is fixed.
        views: Values that Transposes make of it, in the order of the graph.
        demands: Its uses, Transposes left out.
    """

    root: ir.Value
    producer: int | None
    views: list[ir.Value] = field(default_factory=list[ir.Value])
    demands: list[Demand] = field(default_factory=list[Demand])


@dataclass(slots=True, kw_only=True)
class Problem:
    """Everything that Transposes connect in one graph.

    Attributes:
        graph: The graph.
        frames: Logical axes and original layouts.
        operators: The movable operators, in the order of the graph.
        origins: Original layout of each operator.
        nets: All tensors, in the order of the graph.
        transposes: The Transposes, in the order of the graph.
    """

    graph: ir.Graph
    frames: Frames
    operators: list[Movable]
    origins: list[Layout]
    nets: list[Net]
    transposes: list[ir.Node]


def state_problem(context: RewriteContext, graph: ir.Graph) -> Problem | None:
    """Collects the groups of values that have a Transpose in them; None if there is no Transpose."""
    frames = Frames()
    transposes = _relate_transposes(context, graph, frames)
    if not transposes:
        return None
    ranks = {len(frames.layout(node.outputs[0])) for node in transposes}
    operators = _relate_operators(context, graph, frames, ranks)
    groups = {frames.group(node.outputs[0]) for node in transposes}
    kept = [item for item in operators if frames.group(_anchor(item)) in groups]
    problem = Problem(
        graph=graph,
        frames=frames,
        operators=kept,
        origins=[frames.layout(_anchor(item)) for item in kept],
        nets=[],
        transposes=transposes,
    )
    _collect_nets(graph, problem, groups)
    return problem


def transpose_perm(context: RewriteContext, node: ir.Node) -> Layout | None:
    """The perm of a Transpose; reversed dimensions when not given; None if it has none and the rank is unknown."""
    data = node.inputs[0]
    if "perm" in node.attributes:
        return tuple(ints(node, "perm", []))
    rank = context.rank(data) if data is not None else None
    return None if rank is None else tuple(range(rank))[::-1]


def _anchor(item: Movable) -> ir.Value:
    value = item.node.inputs[item.inputs[0]] if item.inputs else item.outputs[0]
    return value if value is not None else item.outputs[0]


def _relate_transposes(context: RewriteContext, graph: ir.Graph, frames: Frames) -> list[ir.Node]:
    found: list[ir.Node] = []
    for node in graph:
        if node.op_type != "Transpose" or node.domain:
            continue
        perm, data = transpose_perm(context, node), node.inputs[0]
        if perm is None or data is None or context.tensor(data) is not None:
            continue
        frames.add(data, len(perm))
        if frames.agree(data, node.outputs[0], perm):
            frames.relate(data, node.outputs[0], perm)
            found.append(node)
    return found


def _relate_operators(context: RewriteContext, graph: ir.Graph, frames: Frames, ranks: set[int]) -> list[Movable]:
    """Gives all ports of each movable operator the same axes; an operator whose ports contradict stays fixed."""
    found: list[Movable] = []
    for node in graph:
        item = describe(context, node)
        if item is None or item.rank not in ranks or item.rank < 2:
            continue
        ports = [node.inputs[place] for place in item.inputs] + list(item.outputs)
        values = [value for value in ports if value is not None]
        same = identity(item.rank)
        frames.add(values[0], item.rank)
        if _relate_all(frames, values, same):
            found.append(item)
    return found


def _relate_all(frames: Frames, values: list[ir.Value], same: Layout) -> bool:
    first = values[0]
    for value in values[1:]:
        if not frames.agree(first, value, same):
            return False
        frames.relate(first, value, same)
    return True


def _collect_nets(graph: ir.Graph, problem: Problem, groups: set[int | None]) -> None:
    makers = {output: number for number, item in enumerate(problem.operators) for output in item.outputs}
    users = {(item.node, place): number for number, item in enumerate(problem.operators) for place in item.inputs}
    inner = {node.outputs[0]: node for node in problem.transposes}
    net_of: dict[ir.Value, Net] = {}

    def net_for(value: ir.Value) -> Net:
        if value not in net_of:
            net = Net(root=value, producer=makers.get(value))
            net_of[value] = net
            problem.nets.append(net)
        return net_of[value]

    for node in graph:
        if node.outputs and node.outputs[0] in inner and node.inputs[0] is not None:
            net = net_for(node.inputs[0])
            net.views.append(node.outputs[0])
            net_of[node.outputs[0]] = net
            continue
        for place, value in enumerate(node.inputs):
            if value is not None and problem.frames.group(value) in groups:
                demand = Demand(node=node, place=place, value=value, operator=users.get((node, place)))
                net_for(value).demands.append(demand)
        for value in node.outputs:
            if value in makers:
                net_for(value)
    _collect_outer_uses(graph, problem)


def _collect_outer_uses(graph: ir.Graph, problem: Problem) -> None:
    """Uses by the graph's outputs and by nodes of subgraphs, which want the original order."""
    for net in problem.nets:
        for value in (net.root, *net.views):
            if value.is_graph_output():
                net.demands.append(Demand(node=None, place=0, value=value, operator=None))
            net.demands.extend(
                Demand(node=use.node, place=use.idx, value=value, operator=None)
                for use in value.uses()
                if use.node.graph is not graph
            )
