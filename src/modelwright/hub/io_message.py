"""The hub as a protobuf message that is small: large tensors are stood for by markers."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import onnx
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.external_data import Placement
from modelwright.hub.io_places import TensorPlace, model_graphs, standing_in, tensor_places
from modelwright.hub.io_stream import IMITATED, StandIn, stood_for
from modelwright.hub.io_tensors import SparseInitializer, byte_length
from modelwright.hub.opset import ir_version_for

PRODUCER: Final = "modelwright"
STREAMED_FROM: Final = 4096

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A model without the contents of its tensors of 4 KiB and more.

    Attributes:
        proto: The message, with the IR version and producer set.
        places: The tensors that are left out; marker number i stands for the i-th.
    """

    proto: onnx.ModelProto
    places: Sequence[TensorPlace]

    def lengths(self) -> list[int]:
        """Bytes of each tensor that is left out."""
        return [byte_length(place.tensor.dtype, place.tensor.shape.numpy()) for place in self.places]

    def with_outside(self, placements: Mapping[int, Placement], location: str) -> onnx.ModelProto:
        """A copy that says of some of the tensors that they are in a file beside it; markers stand for the others.

        Args:
            placements: Where each lies there, by number.
            location: That file.

        Raises:
            InternalError: The message does not hold each marker once; some content imitates one.
        """
        proto = onnx.ModelProto()
        proto.CopyFrom(self.proto)
        marked = list(stood_for(proto))
        if sorted(index for index, _ in marked) != list(range(len(self.places))):
            raise InternalError(IMITATED)
        for index, tensor in marked:
            if index in placements:
                _put_outside(tensor, location, placements[index])
        return proto


def message_of(model: ir.Model) -> Message:
    """The model as a message; the model in memory stays as it was."""
    places = [place for place in tensor_places(model) if _is_streamed(place.tensor)]
    with standing_in(places, [StandIn(place.tensor, index) for index, place in enumerate(places)]):
        return Message(proto=_serialize(model), places=places)


def _is_streamed(tensor: ir.TensorProtocol) -> bool:
    """Whether the tensor is large enough to be written by itself instead of with the graph."""
    if tensor.dtype == ir.DataType.STRING or isinstance(tensor, SparseInitializer):
        return False
    return byte_length(tensor.dtype, tensor.shape.numpy()) >= STREAMED_FROM


def _put_outside(tensor: onnx.TensorProto, location: str, at: Placement) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, text in (("location", location), ("offset", str(at.offset)), ("length", str(at.length))):
        tensor.external_data.add(key=key, value=text)


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
