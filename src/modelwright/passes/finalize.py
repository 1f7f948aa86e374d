"""The last touch before writing: order, names, shapes of all values, and only the opsets that are used."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.names import NameScope
from modelwright.hub.order import ensure_sorted
from modelwright.hub.subgraphs import all_nodes
from modelwright.rewrites.context import RewriteContext


def finalize(model: ir.Model, context: RewriteContext | None = None) -> None:
    """Sorts the nodes, names what has no name, fills in dtypes and shapes, and drops opset imports nothing uses.

    Args:
        model: Changed in place; what it computes does not change.
        context: Knowledge about the model to use again; made anew when None.
    """
    graph = model.graph
    opset = graph.opset_imports.get("", 0)
    context = context or RewriteContext(graph, opset)
    ensure_sorted(graph)
    _name_everything(graph, context.names)
    for node in all_nodes(graph):
        for output in node.outputs:
            if output.name:
                context.shapes.dtype(output)
                context.shapes.shape(output)
    _prune_opsets(model)


def _name_everything(graph: ir.Graph, names: NameScope) -> None:
    for node in all_nodes(graph):
        if not node.name:
            node.name = names.unique(node.op_type)
        for index, output in enumerate(node.outputs):
            if output.name is None:
                output.name = names.unique(f"{node.name}:{index}")


def _prune_opsets(model: ir.Model) -> None:
    used = {""}
    for node in all_nodes(model.graph):
        used.add(node.domain)
    for function in model.functions.values():
        used.update(node.domain for node in function)
    for domain in [domain for domain in model.graph.opset_imports if domain not in used]:
        del model.graph.opset_imports[domain]
