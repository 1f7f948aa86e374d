"""Shapes of matrix products."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.shape_rules.elementwise import broadcast
from modelwright.hub.shape_rules.windows import flag
from modelwright.hub.shapes import Inferred, Shapes, shape_rule


@shape_rule("MatMul")
def matmul(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """Numpy's rule for matmul, batch dimensions broadcast."""
    left, right = node.inputs
    if left is None or right is None:
        return []
    dtype, a, b = shapes.dtype(left) or shapes.dtype(right), shapes.shape(left), shapes.shape(right)
    if a is None or b is None or not a or not b:
        return [(dtype, None)]
    batch = broadcast(a[:-2], b[:-2]) or ()
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    return [(dtype, (*batch, *rows, *columns))]


@shape_rule("Gemm")
def gemm(shapes: Shapes, node: ir.Node) -> list[Inferred]:
    """``[M, N]``."""
    left, right = node.inputs[0], node.inputs[1]
    if left is None or right is None:
        return []
    a, b = shapes.shape(left), shapes.shape(right)
    rows = a[flag(node, "transA", 0)] if a is not None else None
    columns = b[1 - flag(node, "transB", 0)] if b is not None else None
    return [(shapes.dtype(left), (rows, columns))]
