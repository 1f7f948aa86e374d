"""Constant nodes become initializers, so that every other rule has one kind of constant to look at."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.hub.attributes import tensor_in
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_KINDS = {
    "value_int": np.int64,
    "value_ints": np.int64,
    "value_float": np.float32,
    "value_floats": np.float32,
}


@rewrite("Constant node to initializer", "Constant")
def constant_node(context: RewriteContext, node: ir.Node) -> Outcome:
    """Registers the node's tensor with the main graph; sparse constants stay."""
    op = context.before(node)
    attribute = node.attributes.get("value")
    name = node.outputs[0].name or "const"
    if attribute is not None:
        return Applied((op.initializer(tensor_in(attribute), name=name),))
    for kind, dtype in _KINDS.items():
        attribute = node.attributes.get(kind)
        if attribute is not None:
            return Applied((op.constant(np.asarray(attribute.value, dtype=dtype)),))
    attribute = node.attributes.get("value_string") or node.attributes.get("value_strings")
    if attribute is not None:
        return Applied((op.constant(np.asarray(attribute.value, dtype=object)),))
    return NotApplied("a sparse constant")
