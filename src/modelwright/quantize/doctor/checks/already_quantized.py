"""Models that hold integers already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.hub.subgraphs import all_nodes
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix

REMOVABLE: Final = frozenset({"QuantizeLinear", "DequantizeLinear"})
"""Operators that ``--fix`` makes floats again."""

QUANTIZED: Final = REMOVABLE | frozenset(
    "QLinearConv QLinearMatMul QLinearAdd QLinearMul QLinearConcat QLinearGlobalAveragePool QLinearAveragePool QGemm "
    "QLinearSigmoid QLinearLeakyRelu QLinearSoftmax QAttention ConvInteger MatMulInteger DynamicQuantizeLinear "
    "DynamicQuantizeMatMul MatMulNBits MatMulIntegerToFloat FakeQuantize FakeQuantWithMinMaxVars".split()
)
"""Operators of quantized models: ONNX's, onnxruntime's, and those of training with simulated quantization."""


@check("MW-Q204", "already quantized")
def already_quantized(evidence: Evidence) -> Iterator[Finding]:
    """Quantized once more, errors add up, or the pairs of Q/DQ nodes contradict each other."""
    nodes = [node for node in all_nodes(evidence.model.graph) if node.op_type in QUANTIZED]
    if not nodes:
        return
    kinds = Counter(node.op_type for node in nodes)
    counted = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    removable = kinds.keys() <= REMOVABLE
    yield Finding(
        code="MW-Q204",
        level=Level.ERROR,
        message="the model is quantized already",
        evidence=tuple(f"{count} {name}" for name, count in counted),
        explanation="Its weights have lost what quantization rounds away; a second rounding only adds to it",
        remedy="quantize the float model it was made from"
        + ("; --fix takes the Q/DQ nodes out and quantizes anew" if removable else ""),
        where=tuple(node.name or node.outputs[0].name or "" for node in nodes[:5]),
        fix=Fix(what=f"takes {len(nodes)} Q/DQ nodes out", dequantize=True) if removable else None,
    )
