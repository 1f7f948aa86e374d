"""Cast of a Cast, when the first one loses nothing."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.dtypes import FLOATS, INTEGERS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_D = ir.DataType
_HOLDS: dict[ir.DataType, frozenset[ir.DataType]] = {
    _D.DOUBLE: frozenset(
        {_D.FLOAT, _D.FLOAT16, _D.BFLOAT16, _D.INT8, _D.UINT8, _D.INT16, _D.UINT16, _D.INT32, _D.UINT32, _D.BOOL}
    ),
    _D.FLOAT: frozenset({_D.FLOAT16, _D.BFLOAT16, _D.INT8, _D.UINT8, _D.INT16, _D.UINT16, _D.BOOL}),
    _D.FLOAT16: frozenset({_D.INT8, _D.UINT8, _D.BOOL}),
    _D.INT64: frozenset({_D.INT8, _D.UINT8, _D.INT16, _D.UINT16, _D.INT32, _D.UINT32, _D.BOOL}),
    _D.INT32: frozenset({_D.INT8, _D.UINT8, _D.INT16, _D.UINT16, _D.BOOL}),
    _D.INT16: frozenset({_D.INT8, _D.UINT8, _D.BOOL}),
    _D.UINT8: frozenset({_D.BOOL}),
}
"""For each dtype those whose every value it holds exactly."""


@rewrite("Cast of Cast", "Cast")
def cast_cast(context: RewriteContext, node: ir.Node) -> Outcome:
    """``Cast(Cast(x, a), b)`` is ``Cast(x, b)`` if ``a`` holds every value that ``x`` can have."""
    inner = context.producer(node.inputs[0], node, "Cast")
    source = inner.inputs[0] if inner is not None else None
    if inner is None or source is None:
        return NotApplied("")
    dtype, middle = context.shapes.dtype(source), ir.DataType(inner.attributes["to"].as_int())
    if dtype is None or dtype not in _HOLDS.get(middle, frozenset()):
        return NotApplied("the first Cast loses digits")
    target = ir.DataType(node.attributes["to"].as_int())
    if target is ir.DataType.STRING or (
        middle in FLOATS and target in INTEGERS and dtype not in _HOLDS.get(target, ())
    ):
        return NotApplied("what overflows, or how numbers are written, depends on the dtype between")
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    return Applied((context.before(node).Cast(source, **attributes),))
