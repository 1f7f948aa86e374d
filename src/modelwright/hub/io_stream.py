"""Markers that stand for tensors in a serialized model, and the message taken apart around them.

The markers are ours and local to one save: 16 magic bytes, the tensor's index (4 bytes) and its length (8 bytes), both
little-endian unsigned. How protobuf nests lengths is described in its encoding guide.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import onnx
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.io_tensors import byte_length
from modelwright.schemas.wire import byte_fields, decode_varint, encode_varint

Piece = bytes | int
"""Bytes to write, or the index of the tensor whose bytes belong here."""

IMITATED: Final = "the model's contents imitate the markers used while writing"

_MAGIC: Final = b"\x00modelwright-tn\xff"
_LAYOUT: Final = struct.Struct("<16sIQ")


class StandIn(ir.LazyTensor):
    """A tensor of another's dtype and shape that serializes to a marker."""

    def __init__(self, tensor: ir.TensorProtocol, index: int) -> None:
        super().__init__(
            lambda: tensor,
            dtype=tensor.dtype,
            shape=ir.Shape(tensor.shape.numpy()),
            name=tensor.name,
            doc_string=tensor.doc_string,
            metadata_props=dict(tensor.metadata_props),
        )
        self._marker = _LAYOUT.pack(_MAGIC, index, byte_length(tensor.dtype, tensor.shape.numpy()))

    def tobytes(self) -> bytes:
        """The marker."""
        return self._marker


class _Splitter:
    """One serialized message being taken apart."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._marks: list[int] = []
        position = data.find(_MAGIC)
        while position >= 0:
            self._marks.append(position)
            position = data.find(_MAGIC, position + len(_MAGIC))

    def message(self, start: int, end: int, descriptor: Any) -> tuple[list[Piece], int]:
        """Pieces of the message in ``[start, end)`` and their total length with the tensors in place."""
        data, layout = self._data, byte_fields(descriptor)
        pieces: list[Piece] = []
        total = 0
        position = run = start
        while position < end:
            key_at = position
            key, position = decode_varint(data, position)
            content, position = self._field(key & 7, position)
            kind = layout.get(key >> 3)
            if kind is None or not self._marked(content, position):
                continue
            inner, length = self._value(content, position, kind)
            head = data[run:key_at] + encode_varint(key) + encode_varint(length)
            pieces += (head, *inner)
            total += len(head) + length
            run = position
        pieces.append(data[run:end])
        return pieces, total + end - run

    def _value(self, start: int, end: int, kind: Any) -> tuple[list[Piece], int]:
        if kind != "bytes":
            return self.message(start, end, kind)
        if end - start == _LAYOUT.size and self._data.startswith(_MAGIC, start):
            _, index, length = _LAYOUT.unpack_from(self._data, start)
            return [index], length
        return [self._data[start:end]], end - start

    def _field(self, wire_type: int, position: int) -> tuple[int, int]:
        """Start and end of a field's content."""
        if wire_type == 2:
            length, content = decode_varint(self._data, position)
            return content, content + length
        if wire_type == 0:
            return position, decode_varint(self._data, position)[1]
        return position, position + (8 if wire_type == 1 else 4)

    def _marked(self, start: int, end: int) -> bool:
        following = bisect_left(self._marks, start)
        return following < len(self._marks) and self._marks[following] < end


def stood_for(proto: onnx.ModelProto) -> Iterator[tuple[int, onnx.TensorProto]]:
    """The tensors of a message that are markers, in subgraphs and functions too, with their indices."""
    functions = (_node_tensors(function.node) for function in proto.functions)
    for tensor in itertools.chain(_graph_tensors(proto.graph), *functions):
        data = tensor.raw_data
        if len(data) == _LAYOUT.size and data.startswith(_MAGIC):
            yield _LAYOUT.unpack(data)[1], tensor


def _graph_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    yield from _node_tensors(graph.node)


def _node_tensors(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    for attribute in itertools.chain.from_iterable(node.attribute for node in nodes):
        if attribute.HasField("t"):
            yield attribute.t
        for body in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            yield from _graph_tensors(body)


def split_at_stand_ins(proto: onnx.ModelProto, indices: Sequence[int]) -> tuple[list[Piece], int]:
    """The serialized model in pieces, and the length it will have in bytes.

    Args:
        proto: The model's message.
        indices: Those of the stand-ins that were put into it, in order.

    Raises:
        InternalError: The message does not hold each stand-in once; some content imitates a marker.
    """
    data = proto.SerializeToString(deterministic=True)
    pieces, total = _Splitter(data).message(0, len(data), proto.DESCRIPTOR)
    if sorted(piece for piece in pieces if isinstance(piece, int)) != list(indices):
        raise InternalError(IMITATED)
    return pieces, total
