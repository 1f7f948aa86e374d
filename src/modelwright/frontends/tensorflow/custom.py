"""Operators that pass through: nodes of another domain, with TensorFlow's attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.attributes import dtype_from_number
from modelwright.frontends.tensorflow.builder import Converted, TensorFlowBuilder, as_value


def emit_custom(
    op: TensorFlowBuilder, inputs: Sequence[Any], attributes: Mapping[str, Any], domain: str, types: Sequence[int]
) -> list[Converted]:
    """Emits the node at hand as it is.

    Args:
        op: Builder at the node.
        inputs: Its input values.
        attributes: Its decoded attributes; names starting with ``_`` are TensorFlow's own notes and are left out,
            dtypes become ONNX's numbers and unknown sizes of a shape -1.
        domain: The domain it goes to.
        types: TensorFlow's dtype number of each output, as far as known: nothing else can tell what comes out.

    Raises:
        ConversionError: An input is no tensor, or an attribute has no form in ONNX.
    """
    values = [as_value(op, item) for item in inputs]
    carried: dict[str, Any] = {}
    for name, value in attributes.items():
        if not name.startswith("_"):
            plain = _plain(value)
            if plain is None:
                raise op.fail(f"cannot become a custom operator: its attribute {name!r} has no form in ONNX")
            carried[name] = plain
    carried = {name: value for name, value in carried.items() if not isinstance(value, list) or value}
    result = op.emit(op.node.op_type, values, carried, outputs=op.node.outputs, domain=domain)
    outputs = list(result) if isinstance(result, tuple) else [result]
    for value, number in zip(outputs, types, strict=False):
        dtype = dtype_from_number(number)
        if dtype is not ir.DataType.UNDEFINED:
            value.dtype = dtype
    return list(outputs)


def _plain(value: Any) -> Any:
    """An attribute's value as ONNX has it, or None: numbers, texts, tensors, and lists of one kind of the first two."""
    if isinstance(value, ir.DataType | bool):
        return int(value)
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return ir.tensor(value) if value.dtype.kind in "biufc" else None
    if isinstance(value, tuple):
        return [-1 if size is None else size for size in value]
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        kinds = {type(item) for item in items}
        return items if len(kinds) < 2 and kinds <= {int, float, str} else None
    return None
