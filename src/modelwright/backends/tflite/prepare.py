"""What happens to a model before and between the two walks of the legalizer: one opset, no Transpose too many."""

from __future__ import annotations

from typing import Final

import onnx_ir as ir

from modelwright.hub.opset import newest_opset
from modelwright.passes.clean import remove_unused
from modelwright.passes.folding import fold_constants
from modelwright.passes.functions import inline_functions
from modelwright.passes.layout.sink import settle_layouts
from modelwright.passes.opset.apart import take_apart
from modelwright.passes.opset.change import change_opset
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import Statistics, apply_rules
from modelwright.rewrites.rule import Group, rules_of

_LATE: Final = ("GridSample", "DFT", "STFT", "Col2Im", "CumProd", "TensorScatter")
"""Operators that older ones express."""

_BEFORE: Final = 15
"""An opset that has none of them."""


def prepare(model: ir.Model) -> int:
    """Brings the model to the newest opset, without functions; returns the opset.

    Raises:
        UnsupportedError: Some nodes cannot be said in the newest opset.
    """
    if model.functions:
        inline_functions(model)
    _settle_defaults(model.graph)
    opset = newest_opset()
    change_opset(model, opset)
    take_apart(model, _LATE, _BEFORE)
    return opset


def _settle_defaults(graph: ir.Graph) -> None:
    """Inputs that have a default keep it: TFLite knows no inputs that may be left out."""
    for value in [value for value in graph.inputs if value.is_initializer()]:
        graph.inputs.remove(value)


def settle(model: ir.Model, opset: int) -> None:
    """Removes Transposes that another order makes unnecessary, folds constants, removes what nothing uses."""
    context = RewriteContext(model.graph, opset)
    settle_layouts(context)
    fold_constants(context)
    apply_rules(context, rules_of(Group.SIMPLIFY, opset=opset), Statistics())
    remove_unused(context)
