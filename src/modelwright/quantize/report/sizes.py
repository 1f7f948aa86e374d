"""How large weights are."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.quantize.report.found import Before
from modelwright.quantize.weights import constant_bytes


def weight_bytes(floating: ir.Model, quantized: ir.Model) -> Before:
    """Bytes of the weights of the float and of the quantized model; none are loaded."""
    return Before(before=float(constant_bytes(floating)), after=float(constant_bytes(quantized)))
