"""Weights whose channels differ much in size under one scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix

_LEVELS: Final = 8
_SHARE: Final = 0.1


@check("MW-Q205", "weights of unlike channels under one scale")
def weight_spread(evidence: Evidence) -> Iterator[Finding]:
    """Layers where a tenth of the channels would have fewer than 8 levels on each side of zero."""
    weights = evidence.settings.weights
    if weights is None or weights.per_channel or weights.block:
        return
    poor: dict[str, tuple[int, int]] = {}
    for node in evidence.model.graph:
        peaks = _peaks(node)
        if peaks is None or not peaks.max():
            continue
        few = int(np.count_nonzero((peaks > 0) & (peaks / peaks.max() * 127 < _LEVELS)))
        if few > _SHARE * peaks.size:
            poor[node.name or node.outputs[0].name or node.op_type] = (few, peaks.size)
    if not poor:
        return
    worst = sorted(poor, key=lambda name: (-poor[name][0] / poor[name][1], name))
    yield Finding(
        code="MW-Q205",
        level=Level.WARNING,
        message=f"{len(poor)} layer{'s have' if len(poor) > 1 else ' has'} channels of very unlike size "
        "under one scale of weights",
        evidence=tuple(
            f"{name}: {poor[name][0]} of {poor[name][1]} channels have fewer than {_LEVELS} levels"
            for name in worst[:3]
        ),
        explanation="The scale follows the largest channel; the weights of the small ones round to almost nothing",
        remedy="use one scale for each channel of weights, or, where the target has one for all, let equalization "
        "(finetune_level 1) make the channels alike",
        where=tuple(worst[:5]),
        fix=Fix(what="weights: one scale for each channel", per_channel=True, finetune=1),
    )


def _peaks(node: ir.Node) -> np.ndarray | None:
    """Largest magnitude of each output channel of a layer's weight."""
    if node.domain or node.op_type not in ("Conv", "Gemm", "MatMul") or len(node.inputs) < 2:
        return None
    value = node.inputs[1]
    if value is None or value.const_value is None:
        return None
    weight = value.const_value.numpy()
    if weight.ndim < 2 or weight.dtype.kind != "f":
        return None
    transposed = node.op_type == "Gemm" and _is_transposed(node)
    axis = 0 if node.op_type == "Conv" or transposed else weight.ndim - 1
    return np.abs(np.moveaxis(weight, axis, 0).reshape(weight.shape[axis], -1)).max(axis=1).astype(np.float64)


def _is_transposed(node: ir.Node) -> bool:
    attribute = node.attributes.get("transB")
    return attribute is not None and bool(attribute.as_int())
