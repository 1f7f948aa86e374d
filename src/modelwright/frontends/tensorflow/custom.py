"""Operators that the user asks to pass through: nodes of another domain, with TensorFlow's attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx_ir as ir

from modelwright.frontends.tensorflow.attributes import dtype_from_number
from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder


def emit_custom(
    op: TensorFlowBuilder, inputs: Sequence[Any], attributes: Mapping[str, Any], domain: str, types: Sequence[int]
) -> list[Converted]:
    """Emits the node at hand as it is.

    Args:
        op: Builder at the node.
        inputs: Its input values.
        attributes: Its decoded attributes; numbers, texts and dtypes are kept, names starting with ``_`` are not.
        domain: The domain it goes to.
        types: TensorFlow's dtype number of each output, as far as known: nothing else can tell what comes out.
    """
    plain = {
        name: int(value) if isinstance(value, ir.DataType) else value
        for name, value in attributes.items()
        if not name.startswith("_") and isinstance(value, int | float | str | ir.DataType)
    }
    result = op.emit(op.node.op_type, inputs, plain, outputs=op.node.outputs, domain=domain)
    values = list(result) if isinstance(result, tuple) else [result]
    for value, number in zip(values, types, strict=False):
        dtype = dtype_from_number(number)
        if dtype is not ir.DataType.UNDEFINED:
            value.dtype = dtype
    return list(values)
