"""Tensors that keep their contents from one run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import onnx_ir as ir

from modelwright.backends.tflite.builder import LiteBuilder

_KEY: Final = "tflite.variable"


def variable(op: LiteBuilder, shape: Sequence[int], dtype: ir.DataType) -> ir.Value:
    """A tensor that an operator keeps its state in."""
    name = op.names.unique(f"{op.origin}/kept")
    value = ir.Value(name=name, type=ir.TensorType(dtype), shape=ir.Shape(list(shape)))
    value.meta[_KEY] = True
    return value


def is_variable(value: ir.Value) -> bool:
    """Whether a tensor keeps its contents."""
    return bool(value.meta.get(_KEY))
