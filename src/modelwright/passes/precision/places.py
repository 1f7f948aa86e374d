"""Where an operator takes and gives floats that may as well be narrower ones, read from its schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.hub.opset_schemas import formal_types, since_version, type_text

DTypeOf = Callable[[ir.Value], "ir.DataType | None"]

ANY_DTYPE: Final = frozenset({"Shape", "Size"})
"""Operators that look at sizes only: whatever they are given is left to them."""

MADE_BY_ATTRIBUTE: Final = {"Cast": "to"}
"""Operators whose output has the dtype that an attribute says and that may say a narrower one."""

_OWN_DTYPE: Final = frozenset(
    "Constant ConstantOfShape EyeLike RandomNormal RandomUniform RandomNormalLike RandomUniformLike".split()
)
"""Operators that make floats of a dtype of their own: their users cast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Indices of inputs and outputs that become narrower together."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def narrow_places(node: ir.Node, dtype: ir.DataType, opset: int, dtype_of: DTypeOf) -> Places | str:
    """What of a node can become ``dtype``, or why nothing can.

    Args:
        node: A node of the main graph.
        dtype: ``FLOAT16`` or ``BFLOAT16``.
        opset: Version of the default domain.
        dtype_of: Dtypes of values.
    """
    version = since_version(node.op_type, opset) if node.domain in ("", "ai.onnx") else None
    if version is None:
        return "the operator is not the standard's"
    kinds = {attribute.type for attribute in node.attributes.values()}
    if kinds & {ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS}:
        return "it holds subgraphs"
    if node.op_type in _OWN_DTYPE:
        return "it makes a dtype of its own"
    inputs, outputs = (
        [(place, value, allowed) for place, value, allowed in group if dtype_of(value) == ir.DataType.FLOAT]
        for group in formal_types(node, version)
    )
    wanted = type_text(ir.TensorType(dtype))
    takes = tuple(place for place, _, allowed in inputs if wanted in allowed)
    gives = tuple(place for place, _, allowed in outputs if wanted in allowed)
    if len(gives) < len(outputs):
        return f"the operator does not give {dtype.name.lower()}"
    if node.op_type in MADE_BY_ATTRIBUTE:
        return Places(inputs=(), outputs=gives) if gives else "it makes no float"
    if not takes:
        return f"the operator does not take {dtype.name.lower()}"
    return Places(inputs=takes, outputs=gives)
