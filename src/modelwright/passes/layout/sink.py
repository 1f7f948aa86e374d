"""The layout pass: states the problem of each graph, solves it, carries the solution out."""

from __future__ import annotations

from collections.abc import Iterator

import onnx_ir as ir

from modelwright.hub.order import ensure_sorted
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.passes.layout import elementwise, structural
from modelwright.passes.layout.emit import carry_out
from modelwright.passes.layout.nets import state_problem
from modelwright.passes.layout.solve import Solver
from modelwright.rewrites.context import RewriteContext

OPERATOR_FAMILIES = (elementwise, structural)
"""Modules that describe movable operators; importing them registers the descriptions."""


def settle_layouts(context: RewriteContext) -> int:
    """Removes every Transpose that another order of work makes unnecessary, in the graph and its subgraphs.

    Returns:
        The number of operators and Transposes that changed.
    """
    changed = 0
    for graph in list(_all_graphs(context.root)):
        problem = state_problem(context, graph)
        if problem is None:
            continue
        solver = Solver(context, problem)
        solver.solve()
        changed += carry_out(context, problem, solver)
    if changed:
        ensure_sorted(context.root)
    context.take_emitted()
    return changed


def _all_graphs(graph: ir.Graph) -> Iterator[ir.Graph]:
    yield graph
    for node in graph:
        for body in subgraphs_of(node):
            yield from _all_graphs(body)
