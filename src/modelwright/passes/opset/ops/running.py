"""Running sums and products: a Scan along the axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lower
from modelwright.passes.opset.builder import StepBuilder


@lower("CumSum", version=11)
def lower_cumsum(op: StepBuilder, x: ir.Value, axis: ir.Value, *, exclusive: int = 0, reverse: int = 0) -> Any:
    """Sums along the axis, step by step."""
    return _scanned(op, x, axis, "Add", 0, exclusive=bool(exclusive), reverse=bool(reverse))


@lower("CumProd", version=26)
def lower_cumprod(op: StepBuilder, x: ir.Value, axis: ir.Value, *, exclusive: int = 0, reverse: int = 0) -> Any:
    """Products along the axis, step by step."""
    return _scanned(op, x, axis, "Mul", 1, exclusive=bool(exclusive), reverse=bool(reverse))


def _scanned(
    op: StepBuilder, x: ir.Value, axis: ir.Value, combine: str, neutral: int, *, exclusive: bool, reverse: bool
) -> ir.Value:
    rank, dtype = op.known_rank(x), op.known_dtype(x)
    place = op.constant_numbers(axis, "axis")[0] % rank
    others = [other for other in range(rank) if other != place]
    sizes = op.concat([op.dim_of(x, other) for other in others], 0) if others else op.ints([])
    start = op.Expand(op.constant(np.asarray(neutral, dtype.numpy())), sizes)
    shape = op.shape(x)
    rest = None if shape is None else [shape[other] for other in others]
    body = op.body([("state", dtype, rest), ("item", dtype, rest)])
    state, item = body.graph.inputs
    after = body.one(body.emit(combine, [state, item]))
    shown = body.Identity(state) if exclusive else body.Identity(after)
    for value in (after, shown):
        value.type, value.shape = ir.TensorType(dtype), state.shape
    body.graph.outputs.extend([after, shown])
    _, result = op.Scan(
        start,
        x,
        body=body.graph,
        num_scan_inputs=1,
        scan_input_axes=[place],
        scan_output_axes=[place],
        scan_input_directions=[int(reverse)],
        scan_output_directions=[int(reverse)],
        outputs=2,
    )
    return result
