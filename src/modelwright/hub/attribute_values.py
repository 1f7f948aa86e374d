"""Attributes as plain data that can be compared, with the standard's defaults filled in."""

from __future__ import annotations

import functools
from typing import Any

import onnx
import onnx_ir as ir


def attribute_data(node: ir.Node, opset: int) -> dict[str, Any]:
    """The node's attributes that are numbers or texts, those left out at their defaults.

    Tensors and graphs are not among them. Lists are tuples; texts are ``str``. An attribute that a later version of the
    operator added is left out at its default, with which the operator does what it did before.

    Args:
        node: The node.
        opset: Version of the node's domain in its model.
    """
    defaults = _defaults(node.domain, node.op_type, opset)
    found: dict[str, Any] = {}
    for name, attribute in node.attributes.items():
        if attribute.is_ref():
            found[name] = f"@{attribute.ref_attr_name}"
        elif attribute.type in _PLAIN:
            found[name] = _plain(attribute.value)
    later = {name for name, (value, original) in defaults.items() if not original and found.get(name, value) == value}
    filled = {name: value for name, (value, _) in defaults.items()} | found
    return {name: value for name, value in filled.items() if name not in later}


_PLAIN = frozenset(
    {
        ir.AttributeType.FLOAT,
        ir.AttributeType.INT,
        ir.AttributeType.STRING,
        ir.AttributeType.FLOATS,
        ir.AttributeType.INTS,
        ir.AttributeType.STRINGS,
    }
)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str | int | float) or value is None:
        return value
    return tuple(_plain(item) for item in value)


@functools.cache
def _defaults(domain: str, op_type: str, opset: int) -> dict[str, tuple[Any, bool]]:
    """Default of each attribute that has one, and whether the operator's first version had the attribute."""
    schemas = _versions(domain, op_type, opset)
    if not schemas:
        return {}
    found: dict[str, tuple[Any, bool]] = {}
    for name, item in sorted(schemas[0].attributes.items()):
        if item.default_value.type:
            attribute = ir.from_proto(item.default_value)
            if attribute.type in _PLAIN:
                found[name] = (_plain(attribute.value), name in schemas[-1].attributes)
    return found


def _versions(domain: str, op_type: str, opset: int) -> list[onnx.defs.OpSchema]:
    """The operator's schemas up to an opset, the newest first."""
    schemas: list[onnx.defs.OpSchema] = []
    version = opset
    while version > 0 and onnx.defs.has(op_type, domain):
        try:
            schemas.append(onnx.defs.get_schema(op_type, version, domain))
        except onnx.defs.SchemaError:
            break
        version = schemas[-1].since_version - 1
    return schemas
