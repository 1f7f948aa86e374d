"""Expand whose users broadcast anyway, at once or behind other elementwise operators: attention masks are made so."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.shape_rules.elementwise import broadcast
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_BROADCASTING = frozenset(
    """
    Add Sub Mul Div Pow Mod Min Max Sum Mean Where And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual BitwiseAnd
    BitwiseOr BitwiseXor Cast Not Neg Abs Sqrt Exp Log Reciprocal Relu Sigmoid Tanh Erf Floor Ceil Round Sign Identity
    """.split()
)
"""Operators that compute each element from the elements of their inputs at the same place."""

_Shape = tuple[Dim, ...]


@rewrite("Expand before broadcasting", "Expand")
def expand_absorbed(context: RewriteContext, node: ir.Node) -> Outcome:
    """The data itself takes the place of the Expand if every shape that is seen outside stays as it was."""
    data, wide = node.inputs[0], context.shape(node.outputs[0])
    narrow = context.shape(data) if data is not None else None
    if data is None or narrow is None or wide is None or len(narrow) != len(wide) or None in narrow or None in wide:
        return NotApplied("the shapes are not known")
    if any(mine not in (1, theirs) for mine, theirs in zip(narrow, wide, strict=True)):
        return NotApplied("a size may be 1 or the one it is expanded to")
    narrowed = _narrowed(context, node.outputs[0], narrow)
    if narrowed is None:
        return NotApplied("the expanded tensor is needed as it is")
    for value, shape in narrowed.items():
        if value is not node.outputs[0]:
            value.shape = ir.Shape(shape)
    return Applied((data,))


def _narrowed(context: RewriteContext, value: ir.Value, shape: _Shape) -> dict[ir.Value, _Shape] | None:
    """The values that become smaller when ``value`` does, with their shapes; None if one must not."""
    found: dict[ir.Value, _Shape] = {value: shape}
    pending = [value]
    while pending:
        item = pending.pop()
        if item.is_graph_output():
            return None
        for use in item.uses():
            user = use.node
            if user.op_type not in _BROADCASTING or user.domain or user.graph is not value.graph:
                return None
            before, after = context.shape(user.outputs[0]), _result(context, user, found)
            if before is None or after is None or None in after or len(before) != len(after):
                return None
            if after != found.get(user.outputs[0], before):
                found[user.outputs[0]] = after
                pending.append(user.outputs[0])
    return found


def _result(context: RewriteContext, node: ir.Node, narrowed: dict[ir.Value, _Shape]) -> _Shape | None:
    return broadcast(*(narrowed.get(value) or context.shape(value) for value in node.inputs if value is not None))
