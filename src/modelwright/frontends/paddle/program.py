"""Reads ProgramDesc: the protobuf that Paddle 1 and 2 write as ``.pdmodel`` or ``__model__``.

Blocks hold variables and operators; an operator's inputs and outputs are slots of variable names, and a name may be
written again. Operators are brought into the PIR dialect by the rows of ``program_rows``; branches and loops by
``program_control``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError
from modelwright.frontends.paddle.damage import damage
from modelwright.frontends.paddle.dtypes import dtype_numbered, tensor_dtype
from modelwright.frontends.paddle.model import PaddleBlock, PaddleOperator, PaddleProgram, PaddleTensor, Port
from modelwright.frontends.paddle.program_control import ControlFlow
from modelwright.frontends.paddle.program_table import (
    Reference,
    program_table,
    row_attributes,
    row_inputs,
    row_outputs,
)
from modelwright.schemas.pool import load_schema
from modelwright.schemas.spans import map_file

Message: TypeAlias = Any

_SCHEMA: Final = load_schema("paddle")
_KINDS: Final = {number: name for name, number in _SCHEMA.enum("AttrType").items()}
_TYPES: Final = _SCHEMA.enum("DataType")
_ARRAY: Final = _TYPES["LOD_TENSOR_ARRAY"]
_NO_PARAMETER: Final = frozenset(
    _TYPES[name] for name in ("FEED_MINIBATCH", "FETCH_LIST", "STEP_SCOPES", "READER", "RAW", "FEED_LIST")
)
_DTYPE_ATTRIBUTES: Final = frozenset({"dtype", "in_dtype", "out_dtype"})
_FIELDS: Final = {
    "INT": "i",
    "FLOAT": "f",
    "STRING": "s",
    "BOOLEAN": "b",
    "BLOCK": "block_idx",
    "LONG": "l",
    "FLOAT64": "float64",
}
_LISTS: Final = {
    "INTS": "ints",
    "FLOATS": "floats",
    "STRINGS": "strings",
    "BOOLEANS": "bools",
    "BLOCKS": "blocks_idx",
    "LONGS": "longs",
    "FLOAT64S": "float64s",
}
_SCALAR_FIELDS: Final = {1: "b", 2: "i", 3: "r"}


def read_program(path: Path) -> PaddleProgram:
    """Reads a program.

    Args:
        path: The ``.pdmodel`` or ``__model__`` file.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is no such program, or damaged.
    """
    data = map_file(path)
    try:
        message = _SCHEMA.message("ProgramDesc").FromString(bytes(data))
    except DecodeError as error:
        raise ModelFormatError(
            f"{path}: damaged or truncated, or no Paddle program ({error})", hint="copy or export the model again"
        ) from None
    if not message.blocks:
        raise ModelFormatError(f"{path}: the program has no block", hint="copy or export the model again")
    if any(isinstance(text, bytes) for text in _texts(message)):
        raise ModelFormatError(f"{path}: damaged: a name is not UTF-8", hint="copy or export the model again")
    with damage(str(path)):
        return _Reader(str(path), message).program()


def _texts(message: Message) -> Iterator[object]:
    """The names in a program; protobuf gives those that are not UTF-8 as bytes."""
    for block in message.blocks:
        yield from (item.name for item in block.vars)
        for operator in block.ops:
            yield operator.type
            for slot in (*operator.inputs, *operator.outputs):
                yield from (slot.parameter, *slot.arguments)
            for attribute in operator.attrs:
                yield from (attribute.name, attribute.s, *attribute.strings)


class _Reader:
    """One run of ``read_program``."""

    def __init__(self, path: str, message: Message) -> None:
        self.path = path
        self.message = message
        self.control = ControlFlow(path, len(message.blocks), self.block)

    def program(self) -> PaddleProgram:
        main = self.message.blocks[0]
        variables = [item for block in self.message.blocks for item in block.vars]
        outputs = _ports(main.ops, "fetch", "inputs")
        if not outputs:
            raise ModelFormatError(f"{self.path}: the program fetches nothing", hint="save it for inference")
        return PaddleProgram(
            path=self.path,
            version=_version(self.message.version.version),
            block=self.block(0),
            inputs=_ports(main.ops, "feed", "outputs"),
            outputs=outputs,
            tensors={item.name: self.tensor(item) for item in variables},
            parameters=tuple(
                sorted({item.name for item in main.vars if item.persistable and item.type.type not in _NO_PARAMETER})
            ),
        )

    def tensor(self, variable: Message) -> PaddleTensor:
        kind = variable.type
        described = kind.tensor_array.tensor if kind.type == _ARRAY else kind.lod_tensor.tensor
        known = kind.HasField("lod_tensor") or kind.type == _ARRAY
        return PaddleTensor(
            name=variable.name,
            dtype=tensor_dtype(described.data_type) if known else None,
            shape=tuple(int(size) if size >= 0 else None for size in described.dims)
            if known and kind.type != _ARRAY
            else None,
            array=kind.type == _ARRAY,
        )

    def block(self, number: int) -> PaddleBlock:
        operators = [
            self.operator(item) for item in self.message.blocks[number].ops if item.type not in ("feed", "fetch")
        ]
        return PaddleBlock(operators=tuple(self.control.branches(operators)))

    def operator(self, message: Message) -> PaddleOperator:
        slots = {item.parameter: tuple(name for name in item.arguments if name) for item in message.inputs}
        made = {item.parameter: tuple(name for name in item.arguments if name) for item in message.outputs}
        attributes = {item.name: self.attribute(message.type, item) for item in message.attrs}
        name = next((names[0] for slot, names in made.items() if names and slot != "XShape"), message.type)
        controlled = self.control.operator(message.type, slots, made, attributes)
        if controlled is not None:
            return controlled
        row = program_table().get(message.type)
        if row is None:
            return PaddleOperator(op_type=message.type, source=message.type, name=name, inputs=(), outputs=())
        return PaddleOperator(
            op_type=row.op_type,
            source=message.type,
            name=name,
            inputs=row_inputs(row, slots, attributes),
            outputs=row_outputs(row, made),
            attributes=row_attributes(row, attributes),
        )

    def attribute(self, op_type: str, message: Message) -> Any:
        kind = _KINDS.get(message.type, "")
        if message.name in _DTYPE_ATTRIBUTES and kind in ("INT", "LONG"):
            number = message.i if kind == "INT" else message.l
            return dtype_numbered(number, f"{self.path}: {op_type}") if number >= 0 else None
        if kind in _FIELDS:
            return getattr(message, _FIELDS[kind])
        if kind in _LISTS:
            return list(getattr(message, _LISTS[kind]))
        if kind == "VAR":
            return Reference(message.var_name)
        if kind == "VARS":
            return [Reference(name) for name in message.vars_name]
        if kind == "SCALAR":
            return self.scalar(op_type, message.scalar)
        if kind == "SCALARS":
            return [self.scalar(op_type, item) for item in message.scalars]
        raise ModelFormatError(f"{self.path}: {op_type} has the attribute {message.name!r} of an unknown kind")

    def scalar(self, op_type: str, message: Message) -> Any:
        field = _SCALAR_FIELDS.get(message.type)
        if field is None:
            raise ModelFormatError(f"{self.path}: {op_type} has a complex number as an attribute")
        return getattr(message, field)


def _ports(operators: Sequence[Message], kind: str, side: str) -> tuple[Port, ...]:
    """What is fed or fetched, in the order of the columns."""
    found: list[tuple[int, str]] = []
    for item in operators:
        if item.type == kind:
            slot = "Out" if kind == "feed" else "X"
            names = [name for entry in getattr(item, side) if entry.parameter == slot for name in entry.arguments]
            column = next((attr.i for attr in item.attrs if attr.name == "col"), 0)
            found.append((column, names[0]))
    return tuple(Port(name=name, tensor=name) for _, name in sorted(found))


def _version(number: int) -> str:
    """``2006002`` as ``2.6.2``; empty when none is stated."""
    if not number:
        return ""
    return f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"
