"""Recurrent layers. MindSpore's ``nn.LSTM`` exports one primitive for each layer and direction."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.frontends.mindspore.builder import MindBuilder
from modelwright.frontends.mindspore.operators import mindspore_op

_GATES: Final = 4
_ONNX_ORDER: Final = (0, 3, 1, 2)
"""MindSpore's gates are input, forget, cell, output; ONNX's input, output, forget, cell."""


@mindspore_op("LSTM")
def lstm(
    op: MindBuilder,
    x: ir.Value,
    h: ir.Value,
    c: ir.Value,
    w: ir.Value,
    *,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    has_bias: bool,
    bidirectional: bool,
    num_directions: int = 1,
    dropout: float = 0.0,
    proj_size: int = 0,
) -> list[ir.Value | None]:
    """One layer in one direction; all weights stand one after the other in ``w``: input's, state's, bias."""
    del dropout, num_directions
    if num_layers != 1 or bidirectional or proj_size:
        raise op.fail(
            "it has several layers or directions or a projection",
            hint="export the network with nn.LSTM, which writes one primitive for each",
        )
    rows = _GATES * hidden_size
    flat = op.reshape(w, [-1])
    after_input, after_state = rows * input_size, rows * (input_size + hidden_size)
    own = _weights(op, flat, 0, after_input, input_size)
    states = _weights(op, flat, after_input, after_state, hidden_size)
    bias = None
    if has_bias:
        one = op.reshape(_weights(op, flat, after_state, after_state + rows, 1), [1, rows])
        bias = op.concat([one, op.Mul(one, op.scalar(0, one))], 1)
    y, last, cell = op.LSTM(x, own, states, bias, None, h, c, hidden_size=hidden_size, outputs=3)
    return [op.squeeze(y, [1]), last, cell, None, None]


def _weights(op: MindBuilder, flat: ir.Value, begin: int, end: int, width: int) -> ir.Value:
    """Weights of all gates in ONNX's order: ``[1, gates * hidden, width]``."""
    rows = (end - begin) // width
    parts = op.reshape(op.slice(flat, [begin], [end], [0], [1]), [_GATES, rows // _GATES, width])
    return op.reshape(op.gather(parts, list(_ONNX_ORDER), 0), [1, rows, width])
