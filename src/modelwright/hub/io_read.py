"""Reading ONNX files into the hub, with the weights left in the memory-mapped file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir

from modelwright.errors import ModelFormatError, ModelwrightError, UnsupportedError
from modelwright.hub.attributes import tensor_in
from modelwright.hub.external_data import ExternalFiles
from modelwright.hub.io_places import model_graphs
from modelwright.hub.io_proto import read_proto
from modelwright.hub.io_tensors import SparseInitializer, tensor_on
from modelwright.hub.subgraphs import subgraphs_of
from modelwright.schemas.spans import SpanStore, is_marker

REMARKS_KEY = "modelwright.remarks"


def load(path: Path | str) -> ir.Model:
    """Reads an ONNX model; tensors of 4 KiB and more point into the mapped file or its external data.

    What the hub cannot carry (``training_info``) is said in ``model.meta["modelwright.remarks"]``, a tuple of strings.

    Raises:
        ModelNotFoundError: The file or its external data does not exist.
        ModelFormatError: The file is empty, truncated, not ONNX, or contradicts itself.
        UnsupportedError: It uses types the hub cannot express.
    """
    path = Path(path)
    spans = SpanStore()
    proto = read_proto(path, spans)
    _resolve_strings(proto, spans)
    sparse = _stand_in_for_sparse(proto.graph)
    try:
        model = ir.serde.deserialize_model(proto)
    except (ir.serde.SerdeError, ValueError, TypeError) as error:
        raise _serde_error(path, error) from error
    _spell_default_domain(model)
    resolver = _Resolver(path, spans)
    for name, sparse_proto in sparse.items():
        model.graph.initializers[name].const_value = resolver.sparse(name, sparse_proto)
    for graph in model_graphs(model):
        resolver.graph(graph)
        _check_connections(path, graph)
    for graph in (model.graph, *model.functions.values()):
        _put_in_order(path, graph)
    if proto.training_info:
        model.meta[REMARKS_KEY] = ("the model's training information was left out",)
    return model


def _spell_default_domain(model: ir.Model) -> None:
    """The default domain's opset goes under ``""`` where the file says ``ai.onnx``; the names mean the same."""
    for imports in (model.opset_imports, *(function.opset_imports for function in model.functions.values())):
        if "ai.onnx" in imports:
            version = imports.pop("ai.onnx")
            imports.setdefault("", version)


def _serde_error(path: Path, error: Exception) -> ModelwrightError:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, NotImplementedError):
        what = "map types" if "Map" in str(cause) else "sparse tensor attributes"
        return UnsupportedError(
            f"{path}: the model uses {what}, which cannot be carried",
            hint="export it without (for ZipMap: zipmap=False)",
        )
    return ModelFormatError(f"{path}: the model contradicts itself ({cause})", hint="export the model again")


def _all_graphs(proto: onnx.ModelProto) -> Iterator[tuple[Any, Any]]:
    """Every graph's and function's nodes and initializers, subgraphs included."""
    pending: list[Any] = [proto.graph, *proto.functions]
    while pending:
        item = pending.pop()
        yield item.node, getattr(item, "initializer", ())
        for node in item.node:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    pending.append(attribute.g)
                elif attribute.type == onnx.AttributeProto.GRAPHS:
                    pending.extend(attribute.graphs)


def _resolve_strings(proto: onnx.ModelProto, spans: SpanStore) -> None:
    """Puts long strings back in place: only numbers stay in the file."""
    for nodes, initializers in _all_graphs(proto):
        for tensor in initializers:
            _resolve_string_tensor(tensor, spans)
        for node in nodes:
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.STRING and is_marker(attribute.s):
                    attribute.s = bytes(spans.resolve(attribute.s))
                elif attribute.type == onnx.AttributeProto.STRINGS:
                    attribute.strings[:] = [bytes(spans.resolve(item)) for item in attribute.strings]
                elif attribute.type == onnx.AttributeProto.TENSOR:
                    _resolve_string_tensor(attribute.t, spans)


def _resolve_string_tensor(tensor: onnx.TensorProto, spans: SpanStore) -> None:
    if tensor.data_type == onnx.TensorProto.STRING:
        tensor.string_data[:] = [bytes(spans.resolve(item)) for item in tensor.string_data]


def _stand_in_for_sparse(graph: onnx.GraphProto) -> dict[str, onnx.SparseTensorProto]:
    """Adds an empty initializer for each sparse one of the main graph, so that its name is known; returns them."""
    found: dict[str, onnx.SparseTensorProto] = {}
    for sparse in graph.sparse_initializer:
        name = sparse.values.name
        found[name] = sparse
        graph.initializer.add(name=name, data_type=sparse.values.data_type, dims=sparse.dims)
    return found


_TYPED_FIELDS = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
_COMPLEX = (ir.DataType.COMPLEX64, ir.DataType.COMPLEX128)


class _Resolver:
    """Replaces the tensors that ``onnx_ir`` made of messages by views on mapped bytes."""

    def __init__(self, path: Path, spans: SpanStore) -> None:
        self._path = path
        self._spans = spans
        self._external = ExternalFiles(path)

    def graph(self, graph: ir.Graph | ir.Function) -> None:
        """All tensors of one graph, its initializers and attributes."""
        if isinstance(graph, ir.Graph):
            for value in graph.initializers.values():
                if value.const_value is not None:
                    value.const_value = self.tensor(value.const_value)
        for node in graph:
            for name, attribute in list(node.attributes.items()):
                if attribute.is_ref():
                    continue
                if attribute.type == ir.AttributeType.TENSOR:
                    tensor = self.tensor(tensor_in(attribute))
                    node.attributes[name] = ir.AttrTensor(name, tensor, doc_string=attribute.doc_string)
                elif attribute.type == ir.AttributeType.TENSORS:
                    tensors = [self.tensor(item) for item in attribute.as_tensors()]
                    node.attributes[name] = ir.AttrTensors(name, tensors, doc_string=attribute.doc_string)

    def tensor(self, tensor: ir.TensorProtocol) -> ir.TensorProtocol:
        """The tensor with its bytes resolved and its size checked."""
        if isinstance(tensor, ir.ExternalTensor):
            return self._external.tensor(tensor)
        if not isinstance(tensor, ir.serde.TensorProtoTensor):
            return tensor
        proto = tensor.raw
        try:
            if not proto.HasField("raw_data"):
                return self._typed(tensor)
            data = self._spans.resolve(proto.raw_data)
            resolved = tensor_on(data, tensor.dtype, proto.dims, name=proto.name, doc=proto.doc_string or None)
        except ModelFormatError as error:
            raise ModelFormatError(f"{self._path}: {error.message}", hint=error.hint) from error
        resolved.metadata_props.update(tensor.metadata_props)
        return resolved

    def sparse(self, name: str, proto: onnx.SparseTensorProto) -> SparseInitializer:
        """A sparse initializer with its positions checked."""
        values = self.tensor(ir.serde.TensorProtoTensor(proto.values))
        indices = self.tensor(ir.serde.TensorProtoTensor(proto.indices))
        sparse = SparseInitializer(values, indices, tuple(proto.dims), name=name)
        problem = sparse.problem()
        if problem:
            raise ModelFormatError(f"{self._path}: sparse initializer {name!r} is damaged: {problem}")
        return sparse

    def _typed(self, tensor: ir.serde.TensorProtoTensor) -> ir.TensorProtocol:
        """A tensor stored number by number (``float_data`` and the like), which is slow to read: read once."""
        _check_count(tensor)
        try:
            array = tensor.numpy()
        except (ValueError, AssertionError, TypeError, IndexError) as error:
            raise ModelFormatError(f"tensor {tensor.name!r} is damaged ({error})", hint="export it again") from error
        resolved = ir.Tensor(array, dtype=tensor.dtype, name=tensor.name, doc_string=tensor.doc_string or None)
        resolved.metadata_props.update(tensor.metadata_props)
        return resolved


def _check_count(tensor: ir.serde.TensorProtoTensor) -> None:
    """A tensor stored number by number must hold as many as its shape says.

    Raises:
        ModelFormatError: It does not.
    """
    stored = max(len(getattr(tensor.raw, field)) for field in _TYPED_FIELDS)
    wanted = math.prod(tensor.raw.dims) * (2 if tensor.dtype in _COMPLEX else 1)
    packed = 1 if tensor.dtype is ir.DataType.STRING or tensor.dtype.bitwidth >= 8 else 8
    if not stored and wanted:
        raise ModelFormatError(f"tensor {tensor.name!r} has no contents", hint="export the model again")
    if stored > wanted or stored * packed < wanted:
        raise ModelFormatError(
            f"tensor {tensor.name!r} of sizes {list(tensor.raw.dims)} holds {stored} numbers", hint="export it again"
        )


def _check_connections(path: Path, graph: ir.Graph | ir.Function) -> None:
    """Every value used must come from somewhere.

    Raises:
        ModelFormatError: A name is used that nothing defines.
    """
    for node in graph:
        for value in node.inputs:
            if value is not None and _comes_from_nowhere(value):
                raise _undefined(path, value, f"node {node.name!r} ({node.op_type})")
    for value in graph.outputs:
        if _comes_from_nowhere(value):
            raise _undefined(path, value, "the list of outputs")


def _comes_from_nowhere(value: ir.Value) -> bool:
    return value.producer() is None and not (value.is_graph_input() or value.is_initializer())


def _put_in_order(path: Path, graph: ir.Graph | ir.Function) -> None:
    """Sorts nodes that are out of order.

    Raises:
        ModelFormatError: They form a cycle, be it through a subgraph.
    """
    if _is_in_order(graph, set()):
        return
    try:
        graph.sort()
    except ValueError as error:
        raise _cycle(path) from error
    if not _is_in_order(graph, set()):
        raise _cycle(path)


def _is_in_order(graph: ir.Graph | ir.Function, done: set[ir.Node]) -> bool:
    """Whether every node, those of subgraphs included, comes after all it reads; ``done`` are those before."""
    for node in graph:
        for value in node.inputs:
            producer = None if value is None else value.producer()
            if producer is not None and producer not in done:
                return False
        if not all(_is_in_order(body, done) for body in subgraphs_of(node)):
            return False
        done.add(node)
    return True


def _cycle(path: Path) -> ModelFormatError:
    return ModelFormatError(f"{path}: the nodes form a cycle", hint="export the model again")


def _undefined(path: Path, value: ir.Value, user: str) -> ModelFormatError:
    return ModelFormatError(
        f"{path}: {user} uses {value.name!r}, which nothing in the graph defines",
        hint="the model was cut or edited wrongly, or is truncated; export it again",
    )
