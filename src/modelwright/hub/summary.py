"""What an ONNX file holds, told fast: from its message alone, without building a graph or reading weights."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from onnx import AttributeProto, ModelProto, TensorProto, TypeProto, ValueInfoProto

from modelwright.diagnostics import ModelSummary
from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Dim, Format, TensorSpec
from modelwright.hub.io_proto import read_proto
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import SpanStore

_NAMES: dict[int, str] = {TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64"}
_BITS: dict[int, int] = {
    TensorProto.BOOL: 8,
    TensorProto.COMPLEX64: 64,
    TensorProto.COMPLEX128: 128,
    TensorProto.FLOAT: 32,
    TensorProto.DOUBLE: 64,
    TensorProto.BFLOAT16: 16,
}


def summarize(path: Path | str) -> ModelSummary:
    """Inputs, outputs, operators (subgraphs and functions included), weights, opsets and further facts of a file.

    Raises:
        ModelNotFoundError: The file cannot be opened.
        ModelFormatError: It is empty, damaged or not an ONNX model.
    """
    path = Path(path)
    spans = SpanStore()
    proto = read_proto(path, spans)
    operators = Counter[str]()
    parameters = weight_bytes = 0
    data_files: set[str] = set()
    initializers = {tensor.name for tensor in proto.graph.initializer}
    for nodes, tensors in _contents(proto):
        operators.update(_operator(node) for node in nodes)
        for tensor in tensors:
            count, size = _size(tensor)
            parameters += count
            weight_bytes += size
            data_files.update(entry.value for entry in tensor.external_data if entry.key == "location")
    return ModelSummary(
        format=Format.ONNX.label,
        inputs=_specs(path, (info for info in proto.graph.input if info.name not in initializers)),
        outputs=_specs(path, proto.graph.output),
        operators=dict(sorted(operators.items(), key=lambda item: (-item[1], item[0]))),
        parameters=parameters,
        weight_bytes=weight_bytes,
        file_bytes=path.stat().st_size + sum(_file_size(path, name) for name in sorted(data_files)),
        opsets={entry.domain or "ai.onnx": entry.version for entry in proto.opset_import},
        details=_details(proto, sorted(data_files)),
    )


def _contents(proto: ModelProto) -> Iterator[tuple[Iterable[Any], list[TensorProto]]]:
    """Nodes and weights of every graph and function; a Constant node's tensor counts as a weight."""
    pending: list[Any] = [proto.graph, *proto.functions]
    while pending:
        item = pending.pop()
        tensors: list[TensorProto] = list(getattr(item, "initializer", ()))
        tensors += [sparse.values for sparse in getattr(item, "sparse_initializer", ())]
        for node in item.node:
            for attribute in node.attribute:
                if attribute.type == AttributeProto.TENSOR:
                    tensors.append(attribute.t)
                elif attribute.type == AttributeProto.GRAPH:
                    pending.append(attribute.g)
                elif attribute.type == AttributeProto.GRAPHS:
                    pending.extend(attribute.graphs)
        yield item.node, tensors


def _operator(node: Any) -> str:
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}:{node.op_type}"


def _size(tensor: TensorProto) -> tuple[int, int]:
    """Number of elements and bytes of a tensor, from its shape; strings count their characters."""
    count = math.prod(tensor.dims)
    if tensor.data_type == TensorProto.STRING:
        return count, sum(len(item) for item in tensor.string_data)
    return count, -(-count * _bits(tensor.data_type) // 8)


def _bits(data_type: int) -> int:
    """Bits of an element: the number in the dtype's name, but for a few."""
    if data_type in _BITS:
        return _BITS[data_type]
    name = _dtype(data_type)
    return int("".join(char for char in name.partition("e")[0] if char.isdigit()) or 0)


def _dtype(data_type: int) -> str:
    if data_type in _NAMES:
        return _NAMES[data_type]
    try:
        return TensorProto.DataType.Name(data_type).lower()
    except ValueError:
        return f"unknown{data_type}"


def _specs(path: Path, infos: Iterable[ValueInfoProto]) -> tuple[TensorSpec, ...]:
    specs: list[TensorSpec] = []
    for info in infos:
        if not info.name:
            raise ModelFormatError(f"{path}: an input or output has no name", hint="export the model again")
        dtype, tensor = _described(info.type)
        shape = denotations = None
        if tensor is not None and tensor.HasField("shape"):
            shape = tuple(_dim(dim) for dim in tensor.shape.dim)
            denotations = tuple(dim.denotation for dim in tensor.shape.dim)
        shown = denotations if denotations is not None and any(denotations) else ()
        specs.append(TensorSpec(name=info.name, dtype=dtype, shape=shape, denotations=shown))
    return tuple(specs)


def _described(kind: TypeProto) -> tuple[str, Any]:
    """The dtype's name (``seq(float32)``, ``optional(...)``, ``map(...)`` for the others) and the tensor type."""
    match kind.WhichOneof("value"):
        case "tensor_type":
            return _dtype(kind.tensor_type.elem_type), kind.tensor_type
        case "sparse_tensor_type":
            return f"sparse({_dtype(kind.sparse_tensor_type.elem_type)})", kind.sparse_tensor_type
        case "sequence_type":
            return f"seq({_described(kind.sequence_type.elem_type)[0]})", None
        case "optional_type":
            return f"optional({_described(kind.optional_type.elem_type)[0]})", None
        case "map_type":
            return f"map({_dtype(kind.map_type.key_type)}, {_described(kind.map_type.value_type)[0]})", None
        case _:
            return "unknown", None


def _dim(dim: Any) -> Dim:
    return dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None


def _file_size(model: Path, name: str) -> int:
    """Bytes of a data file; none where reading the model would refuse it."""
    try:
        return companion(model.parent, name, what=str(model)).stat().st_size
    except (ModelFormatError, ModelNotFoundError):
        return 0


def _details(proto: ModelProto, data_files: list[str]) -> dict[str, Any]:
    """Further facts in reading order; those that are absent are left out."""
    facts: dict[str, Any] = {
        "graph": proto.graph.name,
        "ir_version": proto.ir_version,
        "producer": " ".join(filter(None, (proto.producer_name, proto.producer_version))),
        "domain": proto.domain,
        "model_version": proto.model_version,
        "description": proto.doc_string,
        "functions": [f"{item.domain}:{item.name}" for item in proto.functions],
        "external_data": data_files,
        "metadata": {entry.key: entry.value for entry in proto.metadata_props},
    }
    return {key: value for key, value in facts.items() if value}
