"""Weights that hold infinite numbers or NaN: no scale fits them, and whatever they touch becomes like them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from modelwright.errors import ConversionError
from modelwright.quantize.params import Placement, QuantizedTensor, Role


def spoiled(weight: QuantizedTensor) -> ConversionError:
    """The error about a weight with numbers that are none."""
    nodes = list(dict.fromkeys(node for node, _ in weight.readers))
    names = ", ".join(map(repr, nodes))
    return ConversionError(
        f"the {weight.role.value} {weight.name!r} of {names} holds infinite numbers or none (NaN)",
        hint="the model was stored damaged or its training diverged: take an earlier state of it",
        node=nodes[0] if nodes else "",
    )


def spoiled_weight(model: ir.Model, placement: Placement) -> QuantizedTensor | None:
    """The first weight or bias of a placement that holds such numbers."""
    for tensor in (*placement.of_role(Role.WEIGHT), *placement.of_role(Role.BIAS)):
        value = model.graph.initializers.get(tensor.name)
        array = None if value is None or value.const_value is None else value.const_value.numpy()
        if array is not None and not np.isfinite(array).all():
            return tensor
    return None
