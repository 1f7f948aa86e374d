"""LSTM, GRU and RNN whose data are batch first become steps first between Transposes.

ONNX Runtime's processor provider refuses ``layout=1``, and TensorRT's parser takes such data for steps first.
"""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, NotApplied, Outcome, rewrite

_TURNED: Final = (0, 5, 6)
"""Places of X, initial_h and initial_c, which have the batch first."""


@rewrite("recurrent layers with steps first", "LSTM", "GRU", "RNN", since=14)
def steps_first(context: RewriteContext, node: ir.Node) -> Outcome:
    """X ``[batch, steps, n]`` is turned before; Y ``[batch, steps, directions, n]`` and the last states after."""
    if not flag(node, "layout"):
        return NotApplied("")
    op = context.before(node)
    inputs = [
        op.transpose(value, [1, 0, 2]) if value is not None and place in _TURNED else value
        for place, value in enumerate(node.inputs)
    ]
    attributes = {name: item.value for name, item in node.attributes.items() if name != "layout"}
    result = op.emit(node.op_type, inputs, attributes, outputs=len(node.outputs))
    y, *ends = result if isinstance(result, tuple) else (result,)
    return Applied((op.transpose(y, [2, 0, 1, 3]), *(op.transpose(end, [1, 0, 2]) for end in ends)))
