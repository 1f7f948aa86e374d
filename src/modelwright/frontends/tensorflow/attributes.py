"""NodeDef attributes as Python values, and TensorFlow's dtypes as ONNX's.

The numbers of the dtypes are those of ``tensorflow/core/framework/types.proto``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import onnx_ir as ir

from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.schemas.wire import SpanStore

DTYPES: dict[int, ir.DataType] = {
    1: ir.DataType.FLOAT,
    2: ir.DataType.DOUBLE,
    3: ir.DataType.INT32,
    4: ir.DataType.UINT8,
    5: ir.DataType.INT16,
    6: ir.DataType.INT8,
    7: ir.DataType.STRING,
    8: ir.DataType.COMPLEX64,
    9: ir.DataType.INT64,
    10: ir.DataType.BOOL,
    11: ir.DataType.INT8,
    12: ir.DataType.UINT8,
    13: ir.DataType.INT32,
    14: ir.DataType.BFLOAT16,
    17: ir.DataType.UINT16,
    18: ir.DataType.COMPLEX128,
    19: ir.DataType.FLOAT16,
    22: ir.DataType.UINT32,
    23: ir.DataType.UINT64,
    24: ir.DataType.FLOAT8E5M2,
    25: ir.DataType.FLOAT8E4M3FN,
}
"""TensorFlow dtype number to ONNX dtype; resources and variants are absent, they are no tensors."""

_TYPE_PARAMETER = re.compile(r"T[a-z_]*|T[A-Z]|Targmax|Tout|Tin|Index|index_type|Indices")
"""Type attributes that only repeat the dtypes of the inputs and outputs."""


def dtype_from_number(number: int) -> ir.DataType:
    """The ONNX dtype of a TensorFlow one (reference dtypes included); UNDEFINED for resources and variants."""
    return DTYPES.get(number % 100, ir.DataType.UNDEFINED)


def is_type_parameter(name: str) -> bool:
    """Whether an attribute only says which dtypes the node's tensors have."""
    return _TYPE_PARAMETER.fullmatch(name) is not None


def decode(value: Any, spans: SpanStore) -> Any:
    """An AttrValue message as a Python value.

    Args:
        value: The message.
        spans: Where big tensors lie.

    Returns:
        ``str`` (or ``bytes`` that are not UTF-8), int, float, bool, ``ir.DataType``, a shape tuple or None, an array,
        a function's name, or a list of these.
    """
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "list":
        return _decode_list(value.list)
    if kind == "tensor":
        return to_numpy(value.tensor, spans)
    return _SCALARS[kind](getattr(value, kind))


def _decode_list(items: Any) -> list[Any]:
    for descriptor, values in items.ListFields():
        decoder = _SCALARS.get(descriptor.name)
        if decoder is not None:
            return [decoder(item) for item in values]
    return []


def decode_shape(shape: Any) -> tuple[int | None, ...] | None:
    """A TensorShapeProto as a tuple with None for unknown sizes, or None for an unknown rank."""
    if shape.unknown_rank:
        return None
    return tuple(None if dim.size < 0 else int(dim.size) for dim in shape.dim)


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "s": _text,
    "i": int,
    "f": float,
    "b": bool,
    "type": dtype_from_number,
    "shape": decode_shape,
    "func": lambda function: str(function.name),
    "placeholder": str,
}
