"""One node of a model as a model of its own, to be tried by itself.

Attributes, dtypes and shapes are the node's; constants stay constants. What the outcome cannot depend on is made equal,
so that equal nodes give equal files: names, and the numbers of larger tensors. Weights are never read: those of 64 KiB
and more become external data in one file of zeros that takes no space.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.hub.io_tensors import byte_length
from modelwright.hub.opset import ir_version_for
from modelwright.hub.subgraphs import all_graphs, all_nodes, subgraphs_of

ZEROS: Final = "zeros.bin"
"""The file of zeros beside one-node models."""

_LARGE: Final = 1 << 16
_KEPT_FLOATS: Final = 16
_KEPT_INTEGERS: Final = 512

ShapeOf = Callable[[ir.Value], "tuple[Dim, ...] | None"]
DTypeOf = Callable[[ir.Value], "ir.DataType | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input of a one-node model.

    Attributes:
        name: Its name there.
        dtype: Element type; None for what is no tensor.
        shape: Dimensions, or None when the rank is not known.
    """

    name: str
    dtype: ir.DataType | None
    shape: tuple[Dim, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleNode:
    """A one-node model.

    Attributes:
        content: The file's bytes; equal for nodes that no engine can tell apart.
        inputs: Its inputs.
        zeros: Bytes that the file of zeros must have at least; 0 when it is not used.
    """

    content: bytes
    inputs: tuple[Port, ...]
    zeros: int


class UntypedInputError(Exception):
    """The dtype of one of the node's inputs is not known, so that no model can be made of the node."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def isolate(node: ir.Node, model: ir.Model, *, dtype_of: DTypeOf, shape_of: ShapeOf, limit: int = _LARGE) -> SingleNode:
    """Makes a model of one node.

    Args:
        node: A node of the model or of one of its subgraphs; what its own subgraphs take from outside become inputs.
        model: The model: its opsets and functions go along.
        dtype_of: Gives the dtype of a value.
        shape_of: Gives the shape of a value.
        limit: Size in bytes from which a constant is stood for by zeros outside.

    Raises:
        UntypedInputError: The dtype of an input cannot be told.
    """
    maker = _Maker(node, dtype_of, shape_of, limit)
    proto = onnx.ModelProto(ir_version=max(ir_version_for(model.graph.opset_imports), 8 if model.functions else 4))
    everything = bool(maker.bodies or model.functions)
    for domain, version in sorted(model.graph.opset_imports.items()):
        if everything or domain in ("", node.domain):
            proto.opset_import.add(domain=domain, version=version)
    for function in model.functions.values():
        proto.functions.append(ir.serde.serialize_function(function))
    maker.fill(proto.graph)
    return SingleNode(content=proto.SerializeToString(deterministic=True), inputs=tuple(maker.ports), zeros=maker.zeros)


def write_zeros(folder: Path, length: int) -> None:
    """Makes the file of zeros, or makes it longer; it is sparse where the file system can be."""
    path = folder / ZEROS
    with path.open("ab") as file:
        if file.tell() < length:
            file.truncate(length)


class _Maker:
    """The graph of a one-node model in the making."""

    def __init__(self, node: ir.Node, dtype_of: DTypeOf, shape_of: ShapeOf, limit: int) -> None:
        self.node = node
        self.dtype_of = dtype_of
        self.shape_of = shape_of
        self.limit = limit
        self.ports: list[Port] = []
        self.zeros = 0
        self._sizes: dict[str, str] = {}
        self.bodies = subgraphs_of(node)

    def fill(self, graph: onnx.GraphProto) -> None:
        """Adds the node, its constants and its inputs and outputs."""
        graph.name = "node"
        with _quiet():
            proto = ir.serde.serialize_node(self.node)
        proto.name = self.node.op_type
        del proto.metadata_props[:]
        proto.doc_string = ""
        names = self._names()
        proto.input[:] = [names.get(name, name) for name in proto.input]
        outputs = [f"o{index}" if name else "" for index, name in enumerate(proto.output)]
        proto.output[:] = outputs
        graph.node.append(proto)
        for value in dict.fromkeys((*(item for item in self.node.inputs if item is not None), *self._captured())):
            self._add(graph, value, names.get(value.name or "", value.name or ""))
        for name, value in zip(outputs, self.node.outputs, strict=True):
            if name:
                self._add_output(graph, name, value)

    def _names(self) -> dict[str, str]:
        """New names of the inputs; those that a body also uses keep theirs."""
        if self.bodies:
            return {}
        distinct = dict.fromkeys(value.name or "" for value in self.node.inputs if value is not None)
        return {name: f"i{index}" for index, name in enumerate(distinct)}

    def _captured(self) -> list[ir.Value]:
        """Values from outside that the node's bodies use, in order."""
        found: dict[ir.Value, None] = {}
        for body in self.bodies:
            inner = list(all_nodes(body))
            own = {value for node in inner for value in node.outputs}
            for graph in all_graphs(body):
                own.update((*graph.inputs, *graph.initializers.values()))
            used = [value for node in inner for value in node.inputs if value is not None] + list(body.outputs)
            found.update(dict.fromkeys(value for value in used if value not in own))
        return list(found)

    def _add(self, graph: onnx.GraphProto, value: ir.Value, name: str) -> None:
        tensor = _constant_of(value)
        if tensor is not None:
            graph.initializer.append(self._stand_in(tensor, name))
            return
        dtype = self.dtype_of(value)
        if dtype is None and value.type is None:
            raise UntypedInputError(value.name or "")
        is_tensor = value.type is None or isinstance(value.type, ir.TensorType)
        shape = self._renamed(self.shape_of(value)) if is_tensor else None
        info = graph.input.add(name=name)
        if is_tensor and dtype is not None:
            _describe(info.type.tensor_type, dtype, shape)
        else:
            info.CopyFrom(ir.serde.serialize_value(value, name=name))
        self.ports.append(Port(name=name, dtype=dtype if is_tensor else None, shape=shape))

    def _renamed(self, shape: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
        """The shape with names of open sizes in order of their first use, unless a body may use the names too."""
        if shape is None or self.bodies:
            return shape
        return tuple(
            self._sizes.setdefault(dim, f"d{len(self._sizes)}") if isinstance(dim, str) else dim for dim in shape
        )

    def _add_output(self, graph: onnx.GraphProto, name: str, value: ir.Value) -> None:
        info = graph.output.add(name=name)
        if isinstance(value.type, ir.TensorType):
            info.type.tensor_type.elem_type = value.type.dtype.value
        elif value.type is not None:
            info.CopyFrom(ir.serde.serialize_value(value, name=name))

    def _stand_in(self, tensor: ir.TensorProtocol, name: str) -> onnx.TensorProto:
        """The constant itself when it is small, else one of its dtype and shape with other numbers."""
        shape = tensor.shape.numpy()
        if _is_kept(tensor, math.prod(shape)):
            proto = ir.serde.serialize_tensor(tensor)
            if not proto.external_data:
                proto.name, proto.doc_string = name, ""
                del proto.metadata_props[:]
                return proto
        length = byte_length(tensor.dtype, shape)
        proto = onnx.TensorProto(name=name, data_type=tensor.dtype.value, dims=shape)
        if length < self.limit:
            proto.raw_data = _ones(tensor.dtype, math.prod(shape), length)
            return proto
        self.zeros = max(self.zeros, length)
        proto.data_location = onnx.TensorProto.EXTERNAL
        for key, text in (("location", ZEROS), ("offset", "0"), ("length", str(length))):
            proto.external_data.add(key=key, value=text)
        return proto


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Without onnx_ir's remarks on values in bodies whose dtype is not known: the trial is what finds out."""
    logger = logging.getLogger("onnx_ir.serde")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _is_kept(tensor: ir.TensorProtocol, size: int) -> bool:
    """Whether a constant's numbers may matter: indices, sizes, factors, and all strings."""
    if tensor.dtype == ir.DataType.STRING:
        return True
    if tensor.dtype.is_integer() or tensor.dtype == ir.DataType.BOOL:
        return size <= _KEPT_INTEGERS and tensor.dtype.bitwidth >= 8
    return size <= _KEPT_FLOATS and tensor.dtype.bitwidth >= 8


def _ones(dtype: ir.DataType, size: int, length: int) -> bytes:
    if dtype.bitwidth < 8:
        return bytes(length)
    return np.ones(size, dtype=dtype.numpy()).tobytes()


def _constant_of(value: ir.Value) -> ir.TensorProtocol | None:
    """The tensor of an initializer or of a Constant node, or None."""
    if value.const_value is not None and not value.is_graph_input():
        return value.const_value
    producer = value.producer()
    if producer is None or producer.op_type != "Constant" or producer.domain:
        return None
    attribute = producer.attributes.get("value")
    if attribute is not None and not attribute.is_ref():
        return attribute.as_tensor()
    for name, dtype in (
        ("value_int", np.int64),
        ("value_ints", np.int64),
        ("value_float", np.float32),
        ("value_floats", np.float32),
    ):
        attribute = producer.attributes.get(name)
        if attribute is not None and not attribute.is_ref():
            return ir.tensor(np.asarray(attribute.value, dtype=dtype))
    return None


def _describe(kind: onnx.TypeProto.Tensor, dtype: ir.DataType, shape: tuple[Dim, ...] | None) -> None:
    kind.elem_type = dtype.value
    if shape is None:
        return
    kind.shape.SetInParent()
    for dim in shape:
        entry = kind.shape.dim.add()
        if isinstance(dim, int):
            entry.dim_value = dim
        elif dim is not None:
            entry.dim_param = dim
