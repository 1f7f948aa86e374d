"""Which tensor of the quantized model is which of the float model's."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.hub.dtypes import dtype_name
from modelwright.quantize.report.found import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One tensor in both models.

    Attributes:
        name: In the float model.
        quantized: In the quantized model, after rounding.
        made: In the quantized model, as its node makes it, before rounding; empty for inputs.
        kind: What it is.
        op: The node that makes it in the float model; the first that reads it, for an input.
        op_type: That node's operator; ``Input`` for an input.
        dtype: Dtype of the integers; empty where it stays float.
    """

    name: str
    quantized: str
    made: str
    kind: Kind
    op: str
    op_type: str
    dtype: str


def pairs(floating: ir.Model, quantized: ir.Model) -> tuple[Pair, ...]:
    """The quantized activations, and the outputs, in the float model's order.

    Args:
        floating: The float model.
        quantized: The same with Q/DQ nodes, its other values under their names.
    """
    rounded = _rounded(quantized)
    outputs = {value.name or "" for value in floating.graph.outputs}
    inputs = [value for value in floating.graph.inputs if value.const_value is None]
    made = [value for node in floating.graph for value in node.outputs]
    there = {value.name for node in quantized.graph for value in node.outputs}
    found: list[Pair] = []
    for value in (*inputs, *made):
        name = value.name or ""
        if name in rounded:
            before, after, dtype = rounded[name]
        elif name in outputs and name in there:
            before, after, dtype = name, name, ""
        else:
            continue
        found.append(_pair(value, before, after, dtype, is_output=name in outputs))
    return tuple(found)


def _pair(value: ir.Value, before: str, after: str, dtype: str, *, is_output: bool) -> Pair:
    node = value.producer()
    kind = Kind.INPUT if node is None else Kind.OUTPUT if is_output else Kind.ACTIVATION
    return Pair(
        name=value.name or "",
        quantized=after,
        made="" if node is None else before,
        kind=kind,
        op=(node.name or value.name or "") if node is not None else value.name or "",
        op_type=node.op_type if node is not None else "Input",
        dtype=dtype,
    )


def _rounded(quantized: ir.Model) -> dict[str, tuple[str, str, str]]:
    """For each value of the float model that is rounded: its name before and after in the quantized model, and dtype.

    An output keeps its name behind the DequantizeLinear; what its node makes is then called otherwise.
    """
    outputs = {value.name for value in quantized.graph.outputs}
    found: dict[str, tuple[str, str, str]] = {}
    for node in quantized.graph:
        rounding = node.inputs[0].producer() if node.op_type == "DequantizeLinear" and node.inputs[0] else None
        source = rounding.inputs[0] if rounding is not None and rounding.op_type == "QuantizeLinear" else None
        if source is None or rounding is None:
            continue
        before, after = source.name or "", node.outputs[0].name or ""
        name = after if after in outputs else before
        found.setdefault(name, (before, after, dtype_name(rounding.outputs[0].dtype)))
    return found
