"""An ONNX file as small messages that refer to its weights on disk: the whole graph, or one piece after the other.

Weights stay where they are, in the file itself or in its external data; a message names them by file, offset and
length (ONNX's ``docs/ExternalData.md``). A runtime that is given such a message maps what it needs. Running piece after
piece needs the weights of one piece at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir

from modelwright.hub.io_proto import read_proto
from modelwright.hub.io_tensors import byte_length
from modelwright.schemas.spans import SpanStore, is_marker

_NOT_TENSORS = ("Sequence", "Optional", "ZipMap", "CategoryMapper", "DictVectorizer")
"""Parts of the names of operators that take or give something else than tensors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some nodes of the main graph, one after the other.

    Attributes:
        nodes: Their first index, and the index behind the last.
        reads: Values that other pieces or the caller make.
        gives: Values that later pieces or the caller need.
    """

    nodes: tuple[int, int]
    reads: tuple[str, ...]
    gives: tuple[str, ...]


class ReferringModel:
    """A model whose weights of 4 KiB and more in the main graph are references to bytes on disk.

    Attributes:
        weight_bytes: Bytes of the initializers of the main graph.
        outputs: Names of the outputs.
        divisible: Whether what goes from piece to piece are tensors, and all outputs come from nodes or inputs.
    """

    def __init__(self, path: Path) -> None:
        """Reads the graph, not the weights.

        Args:
            path: The file; a runtime resolves the references relative to its folder.

        Raises:
            ModelNotFoundError: The file cannot be opened.
            ModelFormatError: It is empty, damaged or not an ONNX model.
        """
        spans = SpanStore()
        self._proto = read_proto(path, spans)
        for tensor in self._proto.graph.initializer:
            if is_marker(tensor.raw_data):
                _refer(tensor, path.name, spans)
        _resolve(self._proto, spans)
        graph = self._proto.graph
        self._initializers = {tensor.name: tensor for tensor in graph.initializer}
        self._sparse = {tensor.values.name: tensor for tensor in graph.sparse_initializer}
        self._reads = [tuple(_reads(node)) for node in graph.node]
        self._sizes = {name: _size(tensor) for name, tensor in self._initializers.items()}
        self.weight_bytes = sum(self._sizes.values())
        self.outputs = tuple(item.name for item in graph.output)
        made = {name for node in graph.node for name in node.output} | {item.name for item in graph.input}
        self.divisible = made >= set(self.outputs) and _only_tensors(self._proto)

    def whole(self) -> bytes:
        """The message of the whole model."""
        return self._proto.SerializeToString()

    def pieces(self, budget: int) -> list[Piece]:
        """Pieces that each need at most ``budget`` bytes of weights, or have one node; in the order of the nodes."""
        bounds = [0, *self._cuts(budget), len(self._reads)]
        return [self._piece(first, last) for first, last in itertools.pairwise(bounds) if first < last]

    def message(self, piece: Piece, types: Mapping[str, int]) -> bytes:
        """The message of a piece.

        Args:
            piece: One of ``pieces``.
            types: The element type of each value it reads, as ``onnx.TensorProto.DataType``.
        """
        proto = onnx.ModelProto(ir_version=self._proto.ir_version, opset_import=self._proto.opset_import)
        proto.functions.extend(self._proto.functions)
        graph = proto.graph
        graph.name = "piece"
        nodes = self._proto.graph.node[piece.nodes[0] : piece.nodes[1]]
        graph.node.extend(nodes)
        names = dict.fromkeys(name for place in range(*piece.nodes) for name in self._reads[place])
        graph.initializer.extend(self._initializers[name] for name in names if name in self._initializers)
        graph.sparse_initializer.extend(self._sparse[name] for name in names if name in self._sparse)
        for name in piece.reads:
            graph.input.add(name=name).type.tensor_type.elem_type = types[name]
        for name in piece.gives:
            graph.output.add(name=name)
        return proto.SerializeToString()

    def _cuts(self, budget: int) -> Iterator[int]:
        """Indices of nodes that begin a piece."""
        held: set[str] = set()
        total = 0
        for place, names in enumerate(self._reads):
            new = {name for name in names if name in self._sizes} - held
            size = sum(self._sizes[name] for name in new)
            if held and total + size > budget:
                yield place
                held, total = set(), 0
                new = {name for name in names if name in self._sizes}
                size = sum(self._sizes[name] for name in new)
            held |= new
            total += size

    def _piece(self, first: int, last: int) -> Piece:
        nodes = self._proto.graph.node
        made = {name for node in nodes[first:last] for name in node.output if name}
        known = self._initializers.keys() | self._sparse.keys()
        read = dict.fromkeys(name for names in self._reads[first:last] for name in names)
        later = {name for names in self._reads[last:] for name in names} | set(self.outputs)
        return Piece(
            nodes=(first, last),
            reads=tuple(name for name in read if name not in made and name not in known),
            gives=tuple(name for node in nodes[first:last] for name in node.output if name in later),
        )


def _only_tensors(proto: onnx.ModelProto) -> bool:
    """Whether no value is a sequence, an optional or a map."""
    ends = [*proto.graph.input, *proto.graph.output]
    if any(item.type.WhichOneof("value") not in ("tensor_type", None) for item in ends):
        return False
    nodes = [*proto.graph.node, *(node for function in proto.functions for node in function.node)]
    return not any(word in node.op_type for node in nodes for word in _NOT_TENSORS)


def _size(tensor: onnx.TensorProto) -> int:
    dtype = ir.DataType(tensor.data_type)
    if dtype in (ir.DataType.UNDEFINED, ir.DataType.STRING):
        return 0
    return byte_length(dtype, tensor.dims)


def _refer(tensor: onnx.TensorProto, location: str, spans: SpanStore) -> None:
    """Replaces a marker by a reference to the same bytes of the file."""
    offset, length = spans.place(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)


def _resolve(message: Any, spans: SpanStore) -> None:
    """Puts the bytes that other markers stand for in their place: references exist for initializers only."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for item in value if field.is_repeated else (value,):
                _resolve(item, spans)
        elif field.type == field.TYPE_BYTES and field.is_repeated:
            value[:] = [bytes(spans.resolve(item)) for item in value]
        elif field.type == field.TYPE_BYTES and is_marker(value):
            setattr(message, field.name, bytes(spans.resolve(value)))


def _reads(node: onnx.NodeProto) -> Iterator[str]:
    """Names a node needs from outside, those that its subgraphs read from around them included."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        bodies: Sequence[onnx.GraphProto] = (*attribute.graphs, attribute.g)
        for body in bodies:
            inner = {item.name for item in (*body.input, *body.initializer)}
            inner |= {item.values.name for item in body.sparse_initializer}
            inner |= {name for inside in body.node for name in inside.output}
            needed = [name for inside in body.node for name in _reads(inside)]
            needed += [item.name for item in body.output]
            yield from (name for name in needed if name not in inner)
