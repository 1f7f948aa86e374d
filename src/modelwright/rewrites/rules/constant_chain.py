"""``(x + a) + b`` and ``(x * a) * b``: the constants are joined.

After recognition, which looks for the constants of known formulas.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_floating, split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite

_FAMILY = {"Add": "Add", "Sub": "Add", "Mul": "Mul", "Div": "Mul"}


@rewrite("chain of constants", *_FAMILY, group=Group.FUSE)
def constant_chain(context: RewriteContext, node: ir.Node) -> Outcome:
    """Two additions (or multiplications) of constants are one; Sub and Div count with their constant on the right."""
    outer = _signed(context, node)
    if outer is None:
        return NotApplied("")
    value, constant = outer
    family = _FAMILY[node.op_type]
    inner_node = context.producer(value, node, *(name for name, kind in _FAMILY.items() if kind == family))
    if inner_node is None or not context.only_used_here(value):
        return NotApplied("")
    inner = _signed(context, inner_node)
    if inner is None or not is_floating(context, inner[0]):
        return NotApplied("")
    combined = inner[1] + constant if family == "Add" else inner[1] * constant
    if not np.all(np.isfinite(combined)):
        return NotApplied("the joined constant overflows")
    dtype = context.shapes.dtype(inner[0])
    if dtype is None:
        return NotApplied("")
    op = context.before(node)
    return Applied((op.emit(family, [inner[0], combined.astype(dtype.numpy())]),))  # pyright: ignore[reportArgumentType]


def _signed(context: RewriteContext, node: ir.Node) -> tuple[ir.Value, np.ndarray] | None:
    """The varying operand, and what is added to or multiplied with it in float64."""
    found = split_constant(context, node)
    if found is None or (found[2] == 0 and node.op_type in ("Sub", "Div")):
        return None
    array = context.array(found[1])
    if array is None:
        return None
    wide = array.astype(np.float64)
    if node.op_type == "Sub":
        return found[0], -wide
    if node.op_type == "Div":
        return None if np.any(wide == 0) else (found[0], 1.0 / wide)
    return found[0], wide
