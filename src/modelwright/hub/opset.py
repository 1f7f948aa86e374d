"""Opset and IR versions: what modelwright writes, and what goes together.

An IR version is always written explicitly: the newest onnx defaults to an IR version and opset that the newest ONNX
Runtime refuses to load.
"""

from __future__ import annotations

import functools

import onnx
import onnx.defs
import onnx.helper

from modelwright.errors import UsageError

DEFAULT_OPSET = 17
"""The opset written when none is asked for: the first with LayerNormalization, and known to every vendor's compiler."""

OLDEST_OPSET = 13
"""The oldest opset that frontends emit, and that rewrites work on."""

OLDEST_TARGET = 9
"""The oldest opset that models are brought to."""

ONNX_ML_DOMAIN = "ai.onnx.ml"


def newest_opset() -> int:
    """The newest opset of the default domain that the installed onnx defines."""
    return onnx.defs.onnx_opset_version()


def check_opset(opset: int) -> int:
    """Returns ``opset`` if frontends can emit it.

    Raises:
        UsageError: It is outside the range.
    """
    if not OLDEST_OPSET <= opset <= newest_opset():
        raise UsageError(
            f"opset {opset} cannot be written", hint=f"choose --opset between {OLDEST_OPSET} and {newest_opset()}"
        )
    return opset


def check_target(opset: int) -> int:
    """Returns ``opset`` if models can be brought to it.

    Raises:
        UsageError: It is outside the range.
    """
    if not OLDEST_TARGET <= opset <= newest_opset():
        raise UsageError(
            f"opset {opset} cannot be written", hint=f"choose --opset between {OLDEST_TARGET} and {newest_opset()}"
        )
    return opset


def ir_version_for(opset_imports: dict[str, int]) -> int:
    """The lowest IR version that may carry these opsets, at least 4 (initializers need not be inputs).

    Args:
        opset_imports: Domain to version; domains onnx does not know do not count.
    """
    known = [
        onnx.helper.make_opsetid(domain, version)
        for domain, version in sorted(opset_imports.items())
        if domain in ("", "ai.onnx", ONNX_ML_DOMAIN)
    ]
    return max(4, onnx.helper.find_min_ir_version_for(known, ignore_unknown=True))


@functools.cache
def schema_for(op_type: str, opset: int, domain: str = "") -> onnx.defs.OpSchema | None:
    """The operator's schema as of ``opset``, or None when it does not exist there."""
    try:
        return onnx.defs.get_schema(op_type, opset, domain)
    except onnx.defs.SchemaError:
        return None


@functools.cache
def attribute_kinds(op_type: str, opset: int, domain: str = "") -> dict[str, str] | None:
    """Attribute name to kind (``FLOAT``, ``INTS``, ...) as the schema says, or None for an unknown operator."""
    schema = schema_for(op_type, opset, domain)
    if schema is None:
        return None
    return {name: str(attribute.type).rpartition(".")[2] for name, attribute in schema.attributes.items()}


@functools.cache
def introduced_at(op_type: str) -> int:
    """The opset of the default domain that first had the operator; 0 when none has."""
    versions = [schema.since_version for schema in _all_schemas() if schema.name == op_type and schema.domain == ""]
    return min(versions, default=0)


@functools.cache
def _all_schemas() -> tuple[onnx.defs.OpSchema, ...]:
    return tuple(onnx.defs.get_all_schemas_with_history())
