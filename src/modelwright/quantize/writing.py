"""Writes integers, dynamic scales and halves into a model: what a placement with its numbers says."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.quantize.dynamic import insert_dynamic
from modelwright.quantize.halves import halve
from modelwright.quantize.insert_qdq import insert
from modelwright.quantize.params import Params, Placement


def write_quantized(model: ir.Model, placement: Placement, params: Params) -> None:
    """Changes a model in place to one that computes as a placement says.

    Args:
        model: The prepared model.
        placement: What is quantized.
        params: With which numbers.
    """
    insert(model, insert_dynamic(model, placement, params), params)
    halve(model, placement)
