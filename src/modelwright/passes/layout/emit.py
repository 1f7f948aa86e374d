"""Carries out a layout decision: operators follow their labels, and Transposes stand only where labels differ."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shapes import dims_of
from modelwright.passes.layout.nets import Demand, Net, Problem
from modelwright.passes.layout.permutations import Layout, between, moves_only_ones, permuted
from modelwright.passes.layout.solve import Solver
from modelwright.rewrites.context import RewriteContext, source_of
from modelwright.rewrites.driver import remove_dead


def carry_out(context: RewriteContext, problem: Problem, solver: Solver) -> int:
    """Changes the graph to the solver's labels.

    Returns:
        The number of operators and Transposes that changed.
    """
    changed = 0
    moved: list[ir.Value] = []
    declared = {value: value.shape for value in problem.graph.outputs}
    for number, item in enumerate(problem.operators):
        perm = between(problem.origins[number], solver.labels[number])
        if list(perm) == sorted(perm):
            continue
        changed += 1
        item.follow(context.before(item.node), perm)
        for output in item.outputs:
            if output.shape is not None:
                output.shape = ir.Shape([output.shape[axis] for axis in perm])
        moved += item.outputs
    for net in problem.nets:
        _rewire(context, problem, solver, net, declared)
    for node in reversed(problem.transposes):
        if node.graph is not None and not node.outputs[0].uses() and not node.outputs[0].is_graph_output():
            remove_dead(node)
            changed += 1
    for value in moved:
        context.shapes.forget(value)
    return changed


def _rewire(
    context: RewriteContext, problem: Problem, solver: Solver, net: Net, declared: dict[ir.Value, ir.Shape | None]
) -> None:
    made = solver.producer_layout(net)
    present: dict[Layout, ir.Value] = {made: net.root}
    if net.producer is None or made == problem.origins[net.producer]:
        for view in net.views:
            maker = view.producer()
            if maker is not None and maker.inputs[0] is net.root:
                present.setdefault(problem.frames.layout(view), view)
    for demand in net.demands:
        wanted = solver.demand_layout(demand)
        if wanted not in present:
            present[wanted] = _transposed(context, problem.graph, demand, net.root, between(made, wanted))
        if demand.node is not None:
            demand.node.replace_input_with(demand.place, present[wanted])
        elif present[wanted] is not demand.value:
            _become_output(context, problem.graph, demand.value, present[wanted], declared[demand.value])


def _transposed(context: RewriteContext, graph: ir.Graph, demand: Demand, root: ir.Value, perm: Layout) -> ir.Value:
    """A Transpose, or a Reshape that does the same; beside its first user, and sorted into place at the end."""
    maker, user = root.producer(), demand.node
    op = context.before(user) if user is not None and user.graph is graph else context.at_end_of(graph)
    if maker is not None:
        op.origin = source_of(maker)
    shape = dims_of(root.shape)
    target = _as_reshape(shape, perm)
    value = op.reshape(root, target) if target is not None else op.transpose(root, perm)
    value.type = root.type
    if shape is not None:
        value.shape = ir.Shape(permuted(shape, perm))
    return value


def _as_reshape(shape: tuple[int | str | None, ...] | None, perm: Layout) -> list[int] | None:
    """The target of a Reshape that does what a Transpose does that only moves dimensions of size 1; else None."""
    if shape is None or not moves_only_ones(shape, perm):
        return None
    target = [dim if isinstance(dim, int) else -1 for dim in permuted(shape, perm)]
    return target if target.count(-1) <= 1 and 0 not in target else None


def _become_output(
    context: RewriteContext, graph: ir.Graph, old: ir.Value, new: ir.Value, shape: ir.Shape | None
) -> None:
    """Makes ``new`` the output of the graph that ``old`` was, under its name, and frees ``old``."""
    node = new.producer()
    if node is None or node.graph is not graph or new.is_graph_output():
        new = context.at_end_of(graph).emit("Identity", [new])  # pyright: ignore[reportAssignmentType]
    name = old.name
    for place, value in enumerate(graph.outputs):
        if value is old:
            graph.outputs[place] = new
    old.name = context.names.unique(f"{name}/moved")
    new.name = name
    new.type, new.shape = old.type or new.type, shape or new.shape
