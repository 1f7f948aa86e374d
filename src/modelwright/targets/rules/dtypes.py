"""Which element types a target computes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import onnx_ir as ir

from modelwright.hub.dtypes import dtype_name
from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts, NodeFacts, is_weight
from modelwright.targets.rule import node_rule

_QUANTIZED = {"uint8": "UINT8", "int8": "INT8", "int4": "INT4", "uint4": "UINT4"}
_QUANTIZING = frozenset(
    "QuantizeLinear DequantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger DynamicQuantizeLinear".split()
)


@node_rule("dtypes")
def dtypes(
    facts: ModelFacts, node: NodeFacts, *, allowed: Sequence[str], carried: Mapping[str, str] | None = None
) -> Iterator[Cause]:
    """Tensors and weights are of the ``allowed`` dtypes, or of ones that the target computes in others: ``carried``."""
    values = [value for value in (*node.node.inputs, *node.node.outputs) if value is not None]
    found = {facts.dtype(value): value for value in reversed(values) if value.name or is_weight(value)}
    others = carried or {}
    for name, value in reversed(found.items()):
        if name in allowed or name in others or name == "unknown":
            continue
        yield Cause(
            code=Code.DTYPE,
            message=f"tensor {value.name} is {name}, which the target does not compute in",
            remedy=f"export the model in float32, or cast to {_nearest(name, allowed)} around this layer",
        )
        return
    for name, value in reversed(found.items()):
        if name in others:
            yield Cause(
                code=Code.CONVERTED,
                message=f"tensor {value.name} is {name}, which the target computes in {others[name]}",
                remedy=f"export the model in {others[name]} to see here what the target computes",
            )
            return


def _nearest(name: str, allowed: Sequence[str]) -> str:
    kind = name.rstrip("0123456789")
    return next((item for item in allowed if item.startswith(kind)), allowed[0])


@node_rule("not-quantized")
def not_quantized(facts: ModelFacts, node: NodeFacts, *, forbidden: Sequence[str] = ("uint8",)) -> Iterator[Cause]:
    """No node of a quantized network computes in the ``forbidden`` dtypes."""
    if node.node.op_type not in _QUANTIZING or node.node.domain not in ("", "com.microsoft"):
        return
    for value in (*node.node.inputs, *node.node.outputs):
        name = dtype_name(value.dtype) if value is not None and value.dtype is not None else ""
        name = name or (facts.dtype(value) if value is not None else "")
        if name in forbidden:
            yield Cause(
                code=Code.QUANTIZATION,
                message=f"{node.type} works on {name}: a {_QUANTIZED.get(name, name)}-quantized model is not taken",
                remedy="give the model before quantization; the target quantizes it itself",
            )
            return


@node_rule("no-dtype-attribute")
def no_dtype_attribute(facts: ModelFacts, node: NodeFacts, *, forbidden: Sequence[str]) -> Iterator[Cause]:
    """Cast does not cast to one of the ``forbidden`` dtypes."""
    del facts
    to = node.attribute("to")
    if node.type == "Cast" and to is not None and dtype_name(ir.DataType(to)) in forbidden:
        yield Cause(
            code=Code.DTYPE,
            message=f"it casts to {dtype_name(ir.DataType(to))}, which the target does not have",
            remedy=f"cast to {_nearest(dtype_name(ir.DataType(to)), ('float32', 'int32'))} instead",
        )
