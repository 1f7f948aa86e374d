"""Writing the hub to ONNX files: one tensor in memory at a time, the same bytes every time, all or nothing.

While the graph is serialized every tensor of 4 KiB or more is stood for by a marker; then the message, now small, is
taken apart around the markers, the enclosing lengths are computed anew, and the tensors' bytes go straight to the file.
"""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import onnx
import onnx_ir as ir

from modelwright.errors import OutputError
from modelwright.hub.external_data import DATA_SUFFIX, Placement, lay_out
from modelwright.hub.io_atomic import OutputFiles
from modelwright.hub.io_copy import copy_mapped
from modelwright.hub.io_places import TensorPlace, model_graphs, standing_in, tensor_places
from modelwright.hub.io_stream import Piece, StandIn, split_at_stand_ins
from modelwright.hub.io_tensors import SparseInitializer, byte_length, payload, release_pages
from modelwright.hub.opset import ir_version_for

PRODUCER: Final = "modelwright"
STREAMED_FROM: Final = 4096
PROTOBUF_LIMIT = 2**31 - 1
ELSEWHERE: Final = "#elsewhere"
"""A file that is none: onnx's checker does not look for places that begin so."""

_HEADROOM: Final = 1 << 24
_CHUNK: Final = 1 << 24

_DTYPE_SINCE = {
    ir.DataType.FLOAT8E4M3FN: 9,
    ir.DataType.FLOAT8E4M3FNUZ: 9,
    ir.DataType.FLOAT8E5M2: 9,
    ir.DataType.FLOAT8E5M2FNUZ: 9,
    ir.DataType.INT4: 10,
    ir.DataType.UINT4: 10,
    ir.DataType.FLOAT4E2M1: 11,
    ir.DataType.FLOAT8E8M0: 12,
    ir.DataType.INT2: 13,
    ir.DataType.UINT2: 13,
    ir.DataType.FLOAT6E2M3: 14,
    ir.DataType.FLOAT6E3M2: 14,
}
"""IR version that introduced a dtype (comments of ``onnx.proto``)."""

_FUNCTIONS_SINCE: Final = 8


def save(
    model: ir.Model, path: Path | str, *, external_data: bool | None = None, data_name: str | None = None
) -> tuple[Path, ...]:
    """Writes the model and returns the files written, the model first; the model in memory stays as it was.

    The file gets the lowest IR version that its opsets and dtypes allow, and modelwright as producer.

    Args:
        model: The model; its tensors may be lazy or memory-mapped, also from the file that is being replaced.
        path: The file to write; missing folders are made.
        external_data: Whether weights of 4 KiB and more go to ``<name>.data`` beside the model; None for only when the
            model would exceed protobuf's 2 GiB.
        data_name: The name of that file; None for the model's with ``.data``.

    Raises:
        OutputError: The system refuses, or the model is too large for one file; what was there before still is.
    """
    path = Path(path)
    places = [place for place in tensor_places(model) if is_streamed(place.tensor)]
    if external_data is None:
        external_data = sum(_length(place) for place in places) > PROTOBUF_LIMIT - _HEADROOM
    outside = [place for place in places if place.value is not None] if external_data else []
    inside = [place for place in places if place.value is None] if external_data else places
    placements = lay_out(_length(place) for place in outside)
    data_path = _data_path(path, data_name)
    stand_ins = _external(outside, placements, data_path.name) + _inline(inside)
    with standing_in([*outside, *inside], stand_ins):
        proto = _serialize(model)
    _leave_names_to_interface(proto.graph)
    pieces, total = split_at_stand_ins(proto, len(inside))
    if total > PROTOBUF_LIMIT:
        raise OutputError(
            f"{path}: the model takes {total} bytes, more than the 2 GiB one protobuf file can hold",
            hint="let the weights be written to a file beside it (external data)",
        )
    with OutputFiles() as files:
        if outside:
            _write_outside(files.open(data_path), outside, placements)
        _write_pieces(files.open(path), pieces, inside)
        files.commit()
    return (path, data_path) if outside else (path,)


def _data_path(path: Path, name: str | None) -> Path:
    if name is None:
        return path.with_name(path.name + DATA_SUFFIX)
    if Path(name).name != name or name in ("", ".", "..", path.name):
        raise OutputError(f"{name!r} cannot be the weights' file", hint="give a plain name, other than the model's")
    return path.with_name(name)


def serialize_without_weights(model: ir.Model, replaced: Sequence[TensorPlace] = ()) -> onnx.ModelProto:
    """The model's message; the contents of ``replaced`` tensors are said to be in the file ``ELSEWHERE``."""
    placements = lay_out(_length(place) for place in replaced)
    with standing_in(replaced, _external(replaced, placements, ELSEWHERE)):
        return _serialize(model)


def is_streamed(tensor: ir.TensorProtocol) -> bool:
    """Whether the tensor is large enough to be written by itself instead of with the graph."""
    if tensor.dtype == ir.DataType.STRING or isinstance(tensor, SparseInitializer):
        return False
    return byte_length(tensor.dtype, tensor.shape.numpy()) >= STREAMED_FROM


def _length(place: TensorPlace) -> int:
    return byte_length(place.tensor.dtype, place.tensor.shape.numpy())


def _inline(places: Sequence[TensorPlace]) -> list[ir.TensorProtocol]:
    return [StandIn(place.tensor, index) for index, place in enumerate(places)]


def _external(places: Sequence[TensorPlace], placements: Sequence[Placement], location: str) -> list[ir.TensorProtocol]:
    stand_ins: list[ir.TensorProtocol] = []
    for place, at in zip(places, placements, strict=True):
        tensor = place.tensor
        stand_in = ir.ExternalTensor(
            location,
            at.offset,
            at.length,
            tensor.dtype,
            shape=ir.Shape(tensor.shape.numpy()),
            name=tensor.name or "",
            doc_string=tensor.doc_string,
            metadata_props=dict(tensor.metadata_props),
        )
        stand_ins.append(stand_in)
    return stand_ins


def _serialize(model: ir.Model) -> onnx.ModelProto:
    """The model as a message with the IR version and producer set, and initializers not described twice."""
    written_before = model.ir_version
    model.ir_version = _ir_version(model)
    try:
        proto = ir.serde.serialize_model(model)
    finally:
        model.ir_version = written_before
    proto.producer_name = PRODUCER
    proto.producer_version = _producer_version()
    known = {tensor.name for tensor in proto.graph.initializer}
    known.update(node.output[0] for node in proto.graph.node if _tells_its_shape(node, known))
    described = [info for info in proto.graph.value_info if info.name not in known]
    del proto.graph.value_info[:]
    proto.graph.value_info.extend(described)
    _store_sparse(model.graph, proto.graph)
    return proto


def _leave_names_to_interface(graph: onnx.GraphProto) -> None:
    """Keeps names of dimensions for inputs and outputs; of values inside, the rank and the sizes that are numbers.

    Where the shapes of a residual sum are equal by name, ONNX Runtime (1.31) fuses it with the LayerNormalization that
    follows; its operator for both takes four times as long on a CPU as the two, which made BERT 5% slower.
    """
    for info in graph.value_info:
        for dim in info.type.tensor_type.shape.dim:
            if dim.HasField("dim_param"):
                dim.ClearField("dim_param")


def _tells_its_shape(node: onnx.NodeProto, constants: set[str]) -> bool:
    """Whether this is a ConstantOfShape of a constant shape, which needs no description."""
    return node.op_type == "ConstantOfShape" and not node.domain and node.input[0] in constants


def _store_sparse(graph: ir.Graph, proto: onnx.GraphProto) -> None:
    """Moves initializers that are still sparse to where sparse ones belong."""
    found = {
        name: value.const_value
        for name, value in graph.initializers.items()
        if isinstance(value.const_value, SparseInitializer)
    }
    if not found:
        return
    dense = [tensor for tensor in proto.initializer if tensor.name not in found]
    del proto.initializer[:]
    proto.initializer.extend(dense)
    proto.sparse_initializer.extend(tensor.to_proto(name) for name, tensor in found.items())


def _ir_version(model: ir.Model) -> int:
    versions = [ir_version_for(dict(model.opset_imports))]
    for function in model.functions.values():
        versions += [_FUNCTIONS_SINCE, ir_version_for(dict(function.opset_imports))]
    dtypes = {place.tensor.dtype for place in tensor_places(model)}
    for graph in model_graphs(model):
        dtypes.update(value.dtype for value in graph.inputs if value.dtype is not None)
        dtypes.update(value.dtype for node in graph for value in node.outputs if value.dtype is not None)
    return max(versions + [_DTYPE_SINCE.get(dtype, 0) for dtype in dtypes])


@functools.cache
def _producer_version() -> str:
    return importlib.metadata.version("modelwright")


def _write_outside(file: BinaryIO, places: Sequence[TensorPlace], placements: Sequence[Placement]) -> None:
    end = 0
    for place, at in zip(places, placements, strict=True):
        file.write(bytes(at.offset - end))
        _write_tensor(file, place.tensor)
        end = at.offset + at.length


def _write_pieces(file: BinaryIO, pieces: Sequence[Piece], places: Sequence[TensorPlace]) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            file.write(piece)
        else:
            _write_tensor(file, places[piece].tensor)


def _write_tensor(file: BinaryIO, tensor: ir.TensorProtocol) -> None:
    data = payload(tensor)
    if copy_mapped(file, data):
        return
    for start in range(0, len(data), _CHUNK):
        file.write(data[start : start + _CHUNK])
        release_pages(data)
