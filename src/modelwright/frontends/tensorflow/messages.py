"""TensorFlow's protobuf messages under short names, and references between nodes.

A graph's tensor is written ``node`` (its first output), ``node:2`` (its third) or ``^node`` (a control edge). All
functions here normalize ``node:0`` to ``node``, so equal references compare equal.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from modelwright.schemas.pool import load_schema

Message: TypeAlias = Any

DATA_TYPES: Final[dict[str, int]] = load_schema("tensorflow").enum("DataType")
DATA_TYPE_NAMES: Final[dict[int, str]] = {number: name for name, number in DATA_TYPES.items()}
DT_RESOURCE: Final = DATA_TYPES["DT_RESOURCE"]
DT_STRING: Final = DATA_TYPES["DT_STRING"]
DT_BOOL: Final = DATA_TYPES["DT_BOOL"]
DT_INT32: Final = DATA_TYPES["DT_INT32"]
REF_OFFSET: Final = 100


def message_class(name: str) -> Any:
    """The class of a TensorFlow message, e.g. ``"GraphDef"``."""
    return load_schema("tensorflow").message(name)


def base_type(dtype: int) -> int:
    """The DataType behind a reference type of TensorFlow 1 (``DT_FLOAT_REF`` is ``DT_FLOAT``)."""
    return dtype - REF_OFFSET if dtype > REF_OFFSET else dtype


def split_ref(ref: str) -> tuple[str, int]:
    """Node name and output index: ``"conv:1"`` is ``("conv", 1)``, ``"conv"`` is ``("conv", 0)``."""
    name, colon, index = ref.rpartition(":")
    return (name, int(index)) if colon and index.isdigit() else (ref, 0)


def join_ref(name: str, index: int) -> str:
    """The normalized reference to output ``index`` of node ``name``."""
    return f"{name}:{index}" if index else name


def normalize_ref(ref: str) -> str:
    """``"x:0"`` becomes ``"x"``; anything else stays as it is."""
    return ref.removesuffix(":0")


def node_of(ref: str) -> str:
    """The node a data or control reference leads to."""
    return ref[1:] if ref.startswith("^") else split_ref(ref)[0]


def make_node(name: str, op: str, *inputs: str, **types: int) -> Message:
    """A new NodeDef.

    Args:
        name: Its name.
        op: TensorFlow operator.
        *inputs: References.
        **types: Attributes of kind DataType.
    """
    node = message_class("NodeDef")(name=name, op=op, input=inputs)
    for key, dtype in types.items():
        node.attr[key].type = dtype
    return node


def shape_of(proto: Message) -> tuple[int | None, ...] | None:
    """A TensorShapeProto as a tuple, ``None`` for an unknown rank or dimension (written as -1)."""
    if proto.unknown_rank:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in proto.dim)


def set_shape(proto: Message, shape: tuple[int | None, ...] | None) -> None:
    """Writes ``shape`` into a TensorShapeProto."""
    proto.Clear()
    proto.unknown_rank = shape is None
    for size in shape or ():
        proto.dim.add(size=-1 if size is None else size)
