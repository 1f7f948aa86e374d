"""Removes nodes and weights that nothing needs."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.sharing import graphs_of
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import remove_dead


def remove_unused(context: RewriteContext) -> int:
    """Removes nodes without use, and initializers without use that are not inputs.

    Returns:
        The number of nodes and initializers removed.
    """
    count = 0
    for node in reversed(list(all_nodes(context.root))):
        if node.graph is not None and node.outputs and not _is_needed(node):
            remove_dead(node)
            count += 1
    for graph in graphs_of(context.root):
        unused = [
            name
            for name, value in graph.initializers.items()
            if not value.uses() and not value.is_graph_output() and not value.is_graph_input()
        ]
        for name in unused:
            del graph.initializers[name]
        count += len(unused)
    context.renew_builder()
    return count


def _is_needed(node: ir.Node) -> bool:
    return any(output.uses() or output.is_graph_output() for output in node.outputs)
