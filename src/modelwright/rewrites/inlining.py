"""Takes the nodes of a subgraph out into the graph around it."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext


def inline_body(context: RewriteContext, node: ir.Node, body: ir.Graph, inputs: Sequence[ir.Value]) -> list[ir.Value]:
    """Moves the nodes and initializers of ``body`` in front of ``node``, under names that nothing else bears.

    Args:
        context: The model.
        node: The control-flow node that holds ``body``; it stays, with an empty body.
        body: One of its subgraphs.
        inputs: What stands for the inputs of the body, one each.

    Returns:
        What the body's outputs are now.
    """
    outputs = list(body.outputs)
    body.outputs.clear()
    for old, new in zip(list(body.inputs), inputs, strict=True):
        old.replace_all_uses_with(new)
        outputs = [new if value is old else value for value in outputs]
    outputs = _move_initializers(context, body, outputs)
    nodes = list(body)
    body.remove(nodes)
    for moved in nodes:
        _rename(context, moved)
    if node.graph is not None:
        node.graph.insert_before(node, nodes)
    context.note(nodes)
    return outputs


def _move_initializers(context: RewriteContext, body: ir.Graph, outputs: list[ir.Value]) -> list[ir.Value]:
    op = context.at_end_of(context.root)
    for name, value in list(body.initializers.items()):
        if value.const_value is None:
            continue
        moved = op.initializer(value.const_value, name=name)
        value.replace_all_uses_with(moved)
        outputs = [moved if output is value else output for output in outputs]
        del body.initializers[name]
    return outputs


def _rename(context: RewriteContext, node: ir.Node) -> None:
    """New names, because another subgraph may use the old ones too."""
    node.name = context.names.unique(node.name or node.op_type)
    for value in node.outputs:
        if value.name:
            value.name = context.names.unique(value.name)
