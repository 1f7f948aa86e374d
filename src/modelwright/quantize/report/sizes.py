"""How large weights are."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.quantize.report.found import Before


def weight_bytes(floating: ir.Model, quantized: ir.Model) -> Before:
    """Bytes of the weights of the float and of the quantized model; none are loaded."""
    return Before(before=_bytes(floating), after=_bytes(quantized))


def _bytes(model: ir.Model) -> float:
    tensors = [value.const_value for value in model.graph.initializers.values()]
    return float(sum(tensor.nbytes for tensor in tensors if tensor is not None))
