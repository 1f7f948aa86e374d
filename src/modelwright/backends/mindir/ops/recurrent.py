"""Recurrent operators that were not unrolled, and why."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.errors import ConversionError
from modelwright.passes.recurrent.unroll import RECURRENT

_ATTRIBUTES = (
    "activation_alpha activation_beta activations clip direction hidden_size input_forget layout linear_before_reset"
).split()


def _refused(e: Emitter, *values: ir.Value | None) -> Term:
    """Refuses the node."""
    del e, values
    raise ConversionError(
        "its steps are not unrolled: their number is not known or too large, or it has an activation that is not known",
        hint="fix the sizes of the inputs in the conversion",
    )


for _name in RECURRENT:
    mind_op(_name, ignores=tuple(_ATTRIBUTES))(_refused)
