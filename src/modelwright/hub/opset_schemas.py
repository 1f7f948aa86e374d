"""What the ONNX standard says about each version of an operator, and what changed from one to the next.

Everything here is read from ``onnx.defs``: no list of ours can fall behind it. Only what a text means cannot be read by
a program; that a description was reworded without a change of meaning is reviewed, in ``modelwright.passes.opset``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import onnx.defs
import onnx_ir as ir

_SINGLE, _OPTIONAL, _VARIADIC = "Single", "Optional", "Variadic"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """What differs between two consecutive versions of an operator.

    Attributes:
        compatible: Attributes, inputs and outputs are the same, or only optional ones were added at the end.
        new_attributes: Attributes that only the newer version has.
        fewer_types: Whether the newer version lost a dtype.
        reworded: Whether the description differs, which may hide a change of meaning.
    """

    compatible: bool
    new_attributes: tuple[str, ...]
    fewer_types: bool
    reworded: bool

    @property
    def proven(self) -> bool:
        """Whether the schemas alone prove that the newer version does what the older one did."""
        return self.compatible and not self.new_attributes and not self.reworded


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFault:
    """A value whose type a version of an operator does not take.

    Attributes:
        parameter: The type parameter of the schema, ``T``.
        value: The value.
        allowed: The types that are taken, such as ``tensor(float)``.
    """

    parameter: str
    value: ir.Value
    allowed: frozenset[str]


@functools.cache
def operator_versions(op_type: str) -> tuple[int, ...]:
    """The opsets at which the operator (default domain) was defined anew, oldest first; empty if it is unknown."""
    return _all_versions().get(op_type, ())


def since_version(op_type: str, opset: int) -> int | None:
    """The version of the operator that is in force at ``opset``, or None when it does not exist there."""
    return max((version for version in operator_versions(op_type) if version <= opset), default=None)


@functools.cache
def is_deprecated(op_type: str, version: int) -> bool:
    """Whether the operator is deprecated as of ``version`` and must not be used."""
    return _schema(op_type, version).deprecated


@functools.cache
def schema_change(op_type: str, older: int, newer: int) -> SchemaChange:
    """What changed from version ``older`` to version ``newer``, two consecutive ones."""
    old, new = _schema(op_type, older), _schema(op_type, newer)
    before, after = _attributes(old), _attributes(new)
    added = tuple(sorted(set(after) - set(before)))
    kept = all(after.get(name) == value for name, value in before.items())
    optional = all(not new.attributes[name].required for name in added)
    formals = _extends(old.inputs, new.inputs) and _extends(old.outputs, new.outputs)
    return SchemaChange(
        compatible=kept and optional and formals and not new.deprecated,
        new_attributes=added,
        fewer_types=not _types_kept(old, new),
        reworded=_words(old.doc) != _words(new.doc),
    )


def unknown_to_older(node: ir.Node, older: int, newer: int) -> str:
    """What of a node only the newer of two compatible versions can say, as a phrase; empty if nothing."""
    old, new = _schema(node.op_type, older), _schema(node.op_type, newer)
    for name in schema_change(node.op_type, older, newer).new_attributes:
        given = node.attributes.get(name)
        if given is not None and _plain(given.value) != _default(new.attributes[name]):
            return f"its attribute {name!r}"
    given_inputs = [value is not None for value in node.inputs]
    fault = _formal_fault(old.inputs, given_inputs, "input")
    return fault or _formal_fault(old.outputs, [bool(value.name) for value in node.outputs], "output")


def default_of(op_type: str, version: int, attribute: str) -> object:
    """An attribute's default as plain data; None when it has none."""
    return _default(_schema(op_type, version).attributes[attribute])


def signature_of(op_type: str, version: int) -> tuple[tuple[str, ...], dict[str, object]]:
    """Names of the inputs, and attributes with their defaults (None: no default)."""
    schema = _schema(op_type, version)
    return tuple(item.name for item in schema.inputs), {name: _default(a) for name, a in schema.attributes.items()}


def type_faults(node: ir.Node, version: int) -> list[TypeFault]:
    """The node's inputs and outputs whose types that version does not take; values of unknown type pass."""
    schema = _schema(node.op_type, version)
    constraints = {item.type_param_str: frozenset(item.allowed_type_strs) for item in schema.type_constraints}
    faults: list[TypeFault] = []
    for formals, values in ((schema.inputs, node.inputs), (schema.outputs, node.outputs)):
        for formal, value in pairs(formals, values):
            allowed = constraints.get(formal.type_str, frozenset([formal.type_str]))
            if value is not None and value.type is not None and type_text(value.type) not in allowed:
                faults.append(TypeFault(parameter=formal.type_str, value=value, allowed=allowed))
    return faults


def formal_types(
    node: ir.Node, version: int
) -> tuple[list[tuple[int, ir.Value, frozenset[str]]], list[tuple[int, ir.Value, frozenset[str]]]]:
    """The node's inputs and outputs that are there: place, value and the types that version takes or gives there."""
    schema = _schema(node.op_type, version)
    constraints = {item.type_param_str: frozenset(item.allowed_type_strs) for item in schema.type_constraints}

    def listed(formals: object, values: Sequence[ir.Value | None]) -> list[tuple[int, ir.Value, frozenset[str]]]:
        found = enumerate(pairs(formals, values))
        rows = (
            (place, value, constraints.get(formal.type_str, frozenset([formal.type_str])))
            for place, (formal, value) in found
        )
        return [(place, value, allowed) for place, value, allowed in rows if value is not None]

    return listed(schema.inputs, node.inputs), listed(schema.outputs, node.outputs)


def values_of_parameter(node: ir.Node, version: int, parameter: str) -> tuple[list[int], list[int]]:
    """Indices of the inputs and of the outputs whose type is that type parameter."""
    schema = _schema(node.op_type, version)
    return _places(schema.inputs, node.inputs, parameter), _places(schema.outputs, node.outputs, parameter)


def type_text(kind: ir.TypeProtocol) -> str:
    """A type as the schemas spell it: ``tensor(float)``, ``seq(tensor(int64))``."""
    if isinstance(kind, ir.SequenceType):
        return f"seq({type_text(kind.elem_type)})"
    if isinstance(kind, ir.OptionalType):
        return f"optional({type_text(kind.elem_type)})"
    return f"tensor({kind.dtype.name.lower()})"


@functools.cache
def type_since(text: str) -> int:
    """The first opset with an operator that takes the type; 1 for types no schema lists."""
    found = [
        schema.since_version
        for schema in onnx.defs.get_all_schemas_with_history()
        if schema.domain == "" and any(text in item.allowed_type_strs for item in schema.type_constraints)
    ]
    return min(found, default=1)


def pairs(formals: object, values: object) -> list[tuple[onnx.defs.OpSchema.FormalParameter, ir.Value | None]]:
    """Each value with its formal parameter; the last, variadic one stands for all that follow."""
    described, given = list(formals), list(values)  # pyright: ignore[reportArgumentType,reportCallIssue]
    if not described:
        return []
    return [(described[min(place, len(described) - 1)], value) for place, value in enumerate(given)]


@functools.cache
def _all_versions() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "":
            found.setdefault(schema.name, []).append(schema.since_version)
    return {name: tuple(sorted(versions)) for name, versions in found.items()}


@functools.cache
def _schema(op_type: str, version: int) -> onnx.defs.OpSchema:
    return onnx.defs.get_schema(op_type, version, "")


def _attributes(schema: onnx.defs.OpSchema) -> dict[str, object]:
    return {name: (str(item.type), _default(item)) for name, item in schema.attributes.items()}


def _default(attribute: onnx.defs.OpSchema.Attribute) -> object:
    proto = attribute.default_value
    return _plain(ir.serde.deserialize_attribute(proto).value) if proto.name else None


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _option(formal: onnx.defs.OpSchema.FormalParameter) -> str:
    return str(formal.option).rpartition(".")[2]


def _extends(old: object, new: object) -> bool:
    """Whether every use of the old parameters is one of the new ones, in the same places."""
    before, after = list(old), list(new)  # pyright: ignore[reportArgumentType,reportCallIssue]
    if len(after) < len(before) or any(_option(item) != _OPTIONAL for item in after[len(before) :]):
        return False
    return all(_same_formal(a, b) for a, b in zip(before, after, strict=False))


def _same_formal(old: onnx.defs.OpSchema.FormalParameter, new: onnx.defs.OpSchema.FormalParameter) -> bool:
    if old.is_homogeneous != new.is_homogeneous and _option(old) == _VARIADIC:
        return False
    if _option(old) != _option(new):
        return (_option(old), _option(new)) == (_SINGLE, _OPTIONAL)
    return new.min_arity <= old.min_arity


def _types_kept(old: onnx.defs.OpSchema, new: onnx.defs.OpSchema) -> bool:
    after = {item.type_param_str: frozenset(item.allowed_type_strs) for item in new.type_constraints}
    before = {item.type_param_str: frozenset(item.allowed_type_strs) for item in old.type_constraints}
    for olds, news in ((old.inputs, new.inputs), (old.outputs, new.outputs)):
        for a, b in zip(olds, news, strict=False):
            mine = before.get(a.type_str, frozenset([a.type_str]))
            if not mine <= after.get(b.type_str, frozenset([b.type_str])):
                return False
    return True


def _formal_fault(formals: object, given: list[bool], kind: str) -> str:
    described = list(formals)  # pyright: ignore[reportArgumentType,reportCallIssue]
    variadic = bool(described) and _option(described[-1]) == _VARIADIC
    if not variadic and any(given[len(described) :]):
        return f"its {kind} {len(described)}"
    for place, formal in enumerate(described):
        if _option(formal) == _SINGLE and not (place < len(given) and given[place]):
            return f"leaving out its {kind} {formal.name!r}"
    if variadic and len(given) - len(described) + 1 < described[-1].min_arity:
        return f"so few {kind}s"
    return ""


def _places(formals: object, values: object, parameter: str) -> list[int]:
    found = pairs(formals, values)
    return [index for index, (formal, value) in enumerate(found) if value is not None and formal.type_str == parameter]


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
