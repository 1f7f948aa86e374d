"""A MindIR graph in the making: nodes, primitives, constants and weights.

A node names a primitive, which holds its attributes; what a primitive takes as arguments, scalars and tuples too, are
inputs, made by Constant nodes. A primitive with several outputs gives a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.numbers import TENSOR_TYPES, TYPE_IDS
from modelwright.errors import ConversionError
from modelwright.formats import Dim
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import Shapes
from modelwright.schemas.pool import load_schema

GRAPH: Final = "main"
"""Name of the graph, before the names of its values."""

_SMALL: Final = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """Dtype and sizes of a tensor; sizes that are not known are not numbers."""

    dtype: ir.DataType
    shape: tuple[Dim, ...]

    @property
    def static(self) -> tuple[int, ...] | None:
        """The sizes, when all are known."""
        sizes = tuple(size for size in self.shape if isinstance(size, int))
        return sizes if len(sizes) == len(self.shape) else None


@dataclass(frozen=True, slots=True)
class Term:
    """A value of the graph, by its name."""

    name: str


Literal = bool | int | float | str | Sequence[int] | Sequence[float] | None
Argument = Term | Literal


class Emitter:
    """Collects a graph.

    Attributes:
        shapes: Knowledge about the hub's values.
        weights: Name and tensor of each weight, in order.
        graph: The graph's message, without weights.
        functions: The messages of graphs that this one and those in it call.
        primitives: The primitives' messages.
        kinds: Name of each primitive by what it is.
        walk: Converts the nodes of a body; set by who converts the model.
        origin: The source's name of the node that is converted.
        wanted: How many of its outputs are.
    """

    def __init__(self, shapes: Shapes, *, name: str = GRAPH) -> None:
        self._schema = load_schema("mindir")
        self._types = self._schema.enum("AttributeProto.AttributeType")
        self.shapes = shapes
        self.weights: dict[str, ir.TensorProtocol] = {}
        self.graph: Any = self._schema.message("GraphProto")(name=name)
        self.functions: list[Any] = []
        self.primitives: list[Any] = []
        self.walk: Callable[[Emitter, ir.Graph], None] | None = None
        self.kinds: dict[str, str] = {}
        self._constants: dict[str, str] = {}
        self._terms: dict[ir.Value, Term] = {}
        self._nodes: dict[str, Any] = {}
        self._open: dict[str, tuple[ir.Value, int]] = {}
        self._sizes: dict[str, Term] = {}
        self._count = 0
        self.origin = ""
        self.wanted = 1

    def input(self, value: ir.Value) -> None:
        """Adds an input of the graph."""
        entry = self.graph.input.add(name=self._named(value.name or ""))
        self._describe(entry.tensor.add(), self.kind(value))
        self._terms[value] = Term(entry.name)
        for axis, size in enumerate(self.kind(value).shape):
            if isinstance(size, str):
                self._open.setdefault(size, (value, axis))

    def size(self, size: Dim) -> int | Term:
        """A size as an argument: a number, or taken from an input while the model runs.

        Raises:
            ConversionError: No input has it.
        """
        if isinstance(size, int):
            return size
        place = None if size is None else self.place(size)
        if size is None or place is None:
            raise ConversionError("a size is computed while the model runs", hint="fix the sizes of the inputs")
        if size not in self._sizes:
            value, axis = place
            self._sizes[size] = self.item(self.op("Shape", self.term(value)), axis)
        return self._sizes[size]

    def size_of(self, value: ir.Value, axis: int) -> int | Term:
        """A size of a value, where it must be of the value itself, for no input has it."""
        size = self.kind(value).shape[axis]
        if isinstance(size, int) or self.has(size):
            return self.size(size)
        return self.item(self.op("Shape", self.term(value)), axis)

    def has(self, size: Dim) -> bool:
        """Whether ``size`` gives it: a number, or what an input has."""
        return isinstance(size, int) or (size is not None and self.place(size) is not None)

    def place(self, size: str) -> tuple[ir.Value, int] | None:
        """The input and the axis of it that have a size which is not known; None if none has."""
        return self._open.get(size)

    def sizes(self, sizes: Sequence[Dim]) -> Argument:
        """Sizes as one argument; see ``size``."""
        return self.numbers([self.size(size) for size in sizes])

    def numbers(self, found: Sequence[int | Term]) -> Argument:
        """Numbers as one argument, some of them known while the model runs only."""
        known = [size for size in found if isinstance(size, int)]
        return tuple(known) if len(known) == len(found) else self.op("MakeTuple", *found, old=True)

    def term(self, value: ir.Value) -> Term:
        """A value of the hub in this graph; a weight is added when it is asked for first.

        Raises:
            ConversionError: The value has no tensor type that MindIR knows.
        """
        found = self._terms.get(value)
        if found is None:
            if value.const_value is None:
                raise ConversionError(f"what makes {value.name!r} is not there")
            self.kind(value)
            name = self._named(value.name or "")
            if name in self.weights:  # bodies may use a name again
                name = f"{name}:{len(self.weights)}"
            self.weights[name] = value.const_value
            found = self._terms[value] = Term(name)
        return found

    def bind(self, value: ir.Value, term: Term) -> None:
        """Says what a value of the hub is in this graph; what is an output of the graph bears its name."""
        if value.is_graph_output():
            node = self._nodes.get(term.name)
            if node is None or term in self._terms.values():
                node = self._nodes[self.op("Cast", term, TYPE_IDS[self.kind(value).dtype]).name]
            term = Term(self._named(value.name or ""))
            node.name, node.output[0] = term.name, term.name
        self._terms[value] = term

    def known(self, value: ir.Value | None) -> np.ndarray | None:
        """The contents of a constant; None for other values."""
        return None if value is None else self.shapes.constant(value)

    def kind(self, value: ir.Value) -> Kind:
        """Dtype and sizes of a value of the hub.

        Raises:
            ConversionError: They are not known, or MindIR has no such dtype.
        """
        dtype, shape = self.shapes.dtype(value), self.shapes.shape(value)
        if dtype is None or shape is None:
            raise ConversionError(f"the type of {value.name!r} is not known")
        if dtype not in TENSOR_TYPES:
            raise ConversionError(f"MindIR has no dtype {dtype_name(dtype)} ({value.name!r})")
        return Kind(dtype, shape)

    def weight(self, array: np.ndarray) -> Term:
        """A tensor of our own; equal small ones are one."""
        key = f"{array.dtype}{array.shape}{array.tobytes()!r}" if array.size <= _SMALL else ""
        if key in self._constants:
            return Term(self._constants[key])
        name = self._named(f"constant_{len(self.weights)}")
        self.weights[name] = ir.tensor(np.ascontiguousarray(array).reshape(array.shape))
        if key:
            self._constants[key] = name
        return Term(name)

    def op(self, primitive: str, *arguments: Argument, old: bool = False, **attributes: Any) -> Term:
        """Adds a node.

        Args:
            primitive: MindSpore's name.
            arguments: Values, and scalars or tuples that become constants.
            old: Whether it is one of the older primitives, which have attributes.
            attributes: Those.
        """
        kind = self._primitive(primitive, attributes, old=old or bool(attributes))
        return self.call(kind, *arguments, named=self.origin or primitive)

    def call(self, what: str, *arguments: Argument, named: str = "") -> Term:
        """Adds a node that names a primitive, a function, or a value that is one."""
        inputs = [item.name if isinstance(item, Term) else self._constant(item) for item in arguments]
        self._count += 1
        name = self._named(f"{named or self.origin}:{self._count}")
        node = self.graph.node.add(name=name, op_type=f"REF::{what}", domain=f"Default/{named or self.origin}")
        node.input.extend(inputs)
        node.output.append(name)
        self._nodes[name] = node
        return Term(name)

    def item(self, term: Term, place: int) -> Term:
        """A member of a tuple."""
        return self.op("TupleGetItem", term, place, old=True)

    def tuple(self, terms: Sequence[Term]) -> Term:
        """A tuple of tensors."""
        return self.op("MakeTuple", *terms, old=True)

    def finish(self, outputs: Sequence[tuple[Term, Kind]]) -> None:
        """Ends the graph with its outputs."""
        terms = [term for term, _ in outputs]
        self.declare(terms[0] if len(terms) == 1 else self.tuple(terms), [kind for _, kind in outputs])

    def declare(self, last: Term, kinds: Sequence[Kind]) -> None:
        """Says what the graph gives: a tensor, or a tuple of several."""
        if len(kinds) == 1:
            self._describe(self.graph.output.add(name=last.name).tensor.add(), kinds[0])
            return
        entry = self.graph.output.add(name=last.name, denotation="Tuple")
        entry.attr_info.type = self._types["TUPLE"]
        entry.attr_info.seq_info.is_dyn_len = False
        for kind in kinds:
            member = entry.attr_info.values.add(type=self._types["TENSORS"])
            self._describe(member.tensors.add(), kind)

    def _named(self, name: str) -> str:
        return f"{self.graph.name}:{name}"

    def _primitive(self, name: str, attributes: dict[str, Any], *, old: bool) -> str:
        key = f"{name}{attributes!r}{old}"
        if key not in self.kinds:
            message = self._schema.message("PrimitiveProto")(name=f"{name}:{len(self.primitives)}", op_type=name)
            message.instance_name = ""
            message.prim_type = 1 if old else 2
            for attribute, value in attributes.items():
                self._fill(message.attribute.add(name=attribute), value)
            self.primitives.append(message)
            self.kinds[key] = message.name
        return self.kinds[key]

    def _constant(self, value: Any) -> str:
        key = f"{type(value).__name__} {value!r}"
        if key not in self._constants:
            name = self._constant_name(len(self._constants))
            node = self.graph.node.add(name=name, op_type="Constant")
            node.output.append(name)
            self._fill(node.attribute.add(name="value"), value)
            self._constants[key] = name
        return self._constants[key]

    def _constant_name(self, number: int) -> str:
        return f"value_{number}"

    def _fill(self, attribute: Any, value: Any, *, inside: bool = False) -> None:
        """Stores a value; inside a tuple it stands in the repeated field."""
        if value is None:
            attribute.type = self._types["NONE"]
        elif isinstance(value, tuple | list):
            attribute.type = self._types["TUPLE"]
            for item in value:
                self._fill(attribute.values.add(), item, inside=True)
        else:
            one, many, kind = next(row for cls, *row in _FIELDS if isinstance(value, cls))
            attribute.type = self._types[kind]
            stored = value.encode() if isinstance(value, str) else int(value) if isinstance(value, bool) else value
            if inside:
                getattr(attribute, many).append(stored)
            else:
                setattr(attribute, one, stored)

    def _describe(self, tensor: Any, kind: Kind) -> None:
        tensor.data_type = TENSOR_TYPES[kind.dtype]
        tensor.dims.extend(size if isinstance(size, int) else -1 for size in kind.shape)


_FIELDS: Final = (
    (bool, "i", "ints", "BOOL"),
    (int, "i", "ints", "INT64"),
    (float, "f", "floats", "FLOAT"),
    (str, "s", "strings", "STRING"),
)
"""A Python type with the field for one value, the field for a member of a tuple, and MindIR's name of the type."""
