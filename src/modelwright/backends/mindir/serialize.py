"""Writes MindIR: the graph's message, and the weights from where they are, one after the other.

Beyond a gigabyte weights go to a file of their own, ``<name>_variables/data_0``, with 64 bytes in front of which the
first is 1 (little-endian) and weights aligned to 64 bytes; the graph is then ``<name>_graph.mindir``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter
from modelwright.backends.mindir.numbers import TENSOR_TYPES
from modelwright.errors import UsageError
from modelwright.hub.io_atomic import output_errors
from modelwright.schemas.pool import load_schema
from modelwright.schemas.wire import encode_varint

INLINE_LIMIT: Final = 1 << 30
"""Bytes of weights up to which they stay in the file."""

GRAPH_ENDING: Final = "_graph"
"""How MindSpore ends the name of a file whose weights lie elsewhere."""

_ALIGNMENT: Final = 64
_GRAPH_FIELD, _PARAMETER_FIELD, _RAW_FIELD = 7, 3, 9


def write_model(emitter: Emitter, path: Path, *, producer: str) -> tuple[Path, ...]:
    """Writes the file, and files of weights when these exceed ``INLINE_LIMIT``.

    Raises:
        UsageError: Weights go elsewhere, and the file's name does not say so.
        OutputError: They cannot be written.
    """
    total = sum(tensor.nbytes for tensor in emitter.weights.values())
    if total <= INLINE_LIMIT:
        with output_errors(path), path.open("wb") as stream:
            _write(emitter, stream, producer, None)
        return (path,)
    if not path.stem.endswith(GRAPH_ENDING):
        raise UsageError(
            f"{path.name}: the weights take {total:,} bytes, more than MindSpore keeps in one file",
            hint=f"name the output {path.stem}{GRAPH_ENDING}.mindir; the weights go to a folder beside it",
        )
    folder = path.with_name(path.stem.removesuffix(GRAPH_ENDING) + "_variables")
    data = folder / "data_0"
    with output_errors(data):
        folder.mkdir()
    places = _write_weights(emitter.weights, data)
    with output_errors(path), path.open("wb") as stream:
        _write(emitter, stream, producer, (f"{folder.name}/{data.name}", places))
    return (path, data)


def _write(
    emitter: Emitter,
    stream: BinaryIO,
    producer: str,
    outside: tuple[str, Mapping[str, tuple[int, int]]] | None,
) -> None:
    head = load_schema("mindir").message("ModelProto")(
        ir_version="1.1", producer_name=producer, model_version="1.0", little_endian=True, mind_ir_version=3
    )
    head.primitives.extend(emitter.primitives)
    graph = emitter.graph.SerializeToString(deterministic=True)
    parts = list(_parameters(emitter.weights, outside))
    size = len(graph) + sum(len(before) + length for before, length, _ in parts)
    head.functions.extend(emitter.functions)
    stream.write(head.SerializeToString(deterministic=True))
    stream.write(encode_varint(_GRAPH_FIELD << 3 | 2) + encode_varint(size))
    stream.write(graph)
    for before, _, tensor in parts:
        stream.write(before)
        if tensor is not None:
            stream.write(tensor.tobytes())


def _parameters(
    weights: Mapping[str, ir.TensorProtocol], outside: tuple[str, Mapping[str, tuple[int, int]]] | None
) -> Iterator[tuple[bytes, int, ir.TensorProtocol | None]]:
    """For each weight what stands before its numbers, how many bytes these are, and the weight."""
    message: Any = load_schema("mindir").message("TensorProto")
    for name, tensor in weights.items():
        entry = message(name=name, data_type=TENSOR_TYPES[tensor.dtype])
        entry.dims.extend(tensor.shape.numpy())
        if outside is not None:
            place, (offset, length) = outside[0], outside[1][name]
            entry.external_data.location, entry.external_data.offset = place, offset
            entry.external_data.length = length
            body = entry.SerializeToString(deterministic=True)
            yield encode_varint(_PARAMETER_FIELD << 3 | 2) + encode_varint(len(body)) + body, 0, None
            continue
        raw = encode_varint(_RAW_FIELD << 3 | 2) + encode_varint(tensor.nbytes)
        body = entry.SerializeToString(deterministic=True) + raw
        length = len(body) + tensor.nbytes
        yield encode_varint(_PARAMETER_FIELD << 3 | 2) + encode_varint(length) + body, tensor.nbytes, tensor


def _write_weights(weights: Mapping[str, ir.TensorProtocol], path: Path) -> dict[str, tuple[int, int]]:
    """Offset and length of each weight in the file."""
    places: dict[str, tuple[int, int]] = {}
    with output_errors(path), path.open("wb") as stream:
        stream.write(b"\x01" + bytes(_ALIGNMENT - 1))
        position = _ALIGNMENT
        for name, tensor in weights.items():
            stream.write(tensor.tobytes())
            places[name] = position, tensor.nbytes
            padding = -tensor.nbytes % _ALIGNMENT
            stream.write(bytes(padding))
            position += tensor.nbytes + padding
    return places
