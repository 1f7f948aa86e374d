"""Weights that are listed among the inputs, as IR versions before 4 demand, are constants."""

from __future__ import annotations

import onnx_ir as ir

_FREE_SINCE = 4
"""IR version since which an initializer need not be an input, and one that is can be overridden by the caller."""


def settle_constant_inputs(model: ir.Model) -> int:
    """Takes initializers off the list of inputs of a model of IR version 3 or lower, in the main graph.

    ONNX Runtime treats them so, too. From IR version 4 on such an input is a default that callers may override, and
    stays what it is.

    Returns:
        The number of inputs that are constants now.
    """
    if (model.ir_version or _FREE_SINCE) >= _FREE_SINCE:
        return 0
    inputs = model.graph.inputs
    constants = [value for value in inputs if value.is_initializer()]
    for value in constants:
        inputs.remove(value)
    return len(constants)
