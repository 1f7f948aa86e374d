"""Scan as a Loop, which becomes a WHILE."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import onnx_ir as ir

from modelwright.backends.tflite.bodies import inside
from modelwright.backends.tflite.builder import LiteBuilder
from modelwright.backends.tflite.operators import window_op
from modelwright.passes.scans import Scanned, as_loop


@window_op("Scan")
def scan(
    op: LiteBuilder,
    *values: ir.Value,
    body: ir.Graph,
    num_scan_inputs: int,
    scan_input_axes: Sequence[int] | None = None,
    scan_input_directions: Sequence[int] | None = None,
    scan_output_axes: Sequence[int] | None = None,
    scan_output_directions: Sequence[int] | None = None,
) -> tuple[ir.Value, ...]:
    """A Loop that picks an entry of each sequence in every turn."""
    asked = Scanned(
        body=body,
        inputs=num_scan_inputs,
        input_axes=scan_input_axes,
        input_directions=scan_input_directions,
        output_axes=scan_output_axes,
        output_directions=scan_output_directions,
    )
    return as_loop(op, values, asked, partial(inside, op))
