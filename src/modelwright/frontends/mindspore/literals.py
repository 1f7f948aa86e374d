"""What attributes hold, as Python's values: constants of the graph and attributes of primitives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.schemas.pool import load_schema

Literal = bool | int | float | str | None | tuple["Literal", ...] | ir.TensorProtocol
"""A constant."""

_TYPES: Final = {number: name for name, number in load_schema("mindir").enum("AttributeProto.AttributeType").items()}
_INTEGERS: Final = frozenset({"UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "UINT32", "UINT64", "CLASS_TYPE"})
_FLOATS: Final = frozenset({"FLOAT", "FLOAT16", "BFLOAT16"})
_NOTHING: Final = frozenset({"NONE", "UMONAD", "IOMONAD", "TYPE_NULL", "UNDEFINED"})
_DEEPEST: Final = 50


def literal(attribute: Any, tensor: Callable[[Any], ir.TensorProtocol], where: str, depth: int = 0) -> Literal:
    """The value of an ``AttributeProto``.

    Args:
        attribute: The message.
        tensor: Reads a ``TensorProto``.
        where: What holds it, for messages.
        depth: How many tuples it stands in.

    Raises:
        ModelFormatError: It is of a kind that is no constant.
    """
    kind = _TYPES.get(attribute.type, str(attribute.type))
    if depth > _DEEPEST:
        raise ModelFormatError(f"{where}: tuples in tuples, more than {_DEEPEST} deep")
    if kind in ("TUPLE", "LIST"):
        return tuple(item for value in attribute.values for item in _members(value, tensor, where, depth + 1))
    members = _members(attribute, tensor, where, depth)
    if kind in _NOTHING:
        return None
    if len(members) != 1:
        raise ModelFormatError(f"{where}: {len(members)} values of {kind} where one belongs")
    return members[0]


def _members(attribute: Any, tensor: Callable[[Any], ir.TensorProtocol], where: str, depth: int) -> list[Literal]:
    """The values of an attribute; inside a tuple they stand in the repeated fields."""
    kind = _TYPES.get(attribute.type, str(attribute.type))
    if kind in ("TUPLE", "LIST"):
        return [literal(attribute, tensor, where, depth)]
    if kind in _NOTHING:
        return [None]
    if kind in ("TENSOR", "TENSORS"):
        single = [attribute.t] if attribute.HasField("t") else []
        return [tensor(item) for item in (*single, *attribute.tensors)]
    if kind == "BOOL":
        return [bool(item) for item in _numbers(attribute, "i", "ints")]
    if kind in _INTEGERS:
        return [int(item) for item in _numbers(attribute, "i", "ints")]
    if kind in _FLOATS:
        return [float(item) for item in _numbers(attribute, "f", "floats")]
    if kind == "DOUBLE":
        return [float(item) for item in _numbers(attribute, "d", "doubles")]
    if kind == "STRING":
        return [item.decode(errors="replace") for item in _numbers(attribute, "s", "strings")]
    raise ModelFormatError(f"{where}: a constant of kind {kind}, which is not read")


def _numbers(attribute: Any, one: str, many: str) -> list[Any]:
    return list(getattr(attribute, many)) or [getattr(attribute, one)]
