"""What an ONNX message must be before anything is built from it, so that no file leads to a crash or a huge allocation.

Only what costs little is looked at: names, and the dtypes, sizes and places of tensors, never their contents.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import onnx

from modelwright.errors import ModelFormatError

MAX_RANK = 64
"""Dimensions that numpy arrays can have."""

_MAX_BYTES = 1 << 62
_DTYPES = frozenset(onnx.TensorProto.DataType.values()) - {0}
_GRAPH, _GRAPHS = onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS
_TENSOR, _TENSORS = onnx.AttributeProto.TENSOR, onnx.AttributeProto.TENSORS


def check_message(path: object, proto: onnx.ModelProto) -> None:
    """Checks names and tensors of a model's graph, functions and subgraphs.

    Raises:
        ModelFormatError: Text is not UTF-8, a name is given twice, or a tensor cannot be what it says.
    """
    try:
        _check_texts([proto.producer_name, proto.producer_version, proto.domain, proto.doc_string], "the model")
        _check_texts(_properties(proto), "the metadata")
        _check_texts([item.domain for item in proto.opset_import], "an opset import")
        for item in _graphs(proto):
            _check_graph(item)
        _check_calls(proto)
    except ModelFormatError as error:
        raise ModelFormatError(f"{path}: {error.message}", hint=error.hint, node=error.node) from error


def _graphs(proto: onnx.ModelProto) -> Iterator[Any]:
    pending: list[Any] = [proto.graph, *proto.functions]
    while pending:
        item = pending.pop()
        yield item
        for node in item.node:
            for attribute in node.attribute:
                if attribute.type == _GRAPH:
                    pending.append(attribute.g)
                elif attribute.type == _GRAPHS:
                    pending.extend(attribute.graphs)


def _check_graph(item: Any) -> None:
    """A graph or a function."""
    for node in item.node:
        named = (node.name, node.op_type, node.domain, node.overload, node.doc_string, *_properties(node))
        _check_texts((*named, *node.input, *node.output), "a node")
        for attribute in node.attribute:
            _check_attribute(node, attribute)
    if isinstance(item, onnx.FunctionProto):
        imports = (entry.domain for entry in item.opset_import)
        named = (item.name, item.domain, item.overload, item.doc_string, *_properties(item))
        _check_texts((*named, *item.input, *item.output, *imports), "a function")
        return
    _check_texts((item.name, item.doc_string, *_properties(item)), "a graph")
    for info in (*item.input, *item.output, *item.value_info):
        _check_info(info)
    names = [tensor.name for tensor in item.initializer]
    names += [tensor.values.name for tensor in item.sparse_initializer]
    _check_once(names, "initializer")
    _check_once([info.name for info in item.input], "input")
    for tensor in item.initializer:
        _check_tensor(tensor)
    for sparse in item.sparse_initializer:
        _check_sparse(sparse)


def _properties(item: Any) -> list[str]:
    return [text for entry in item.metadata_props for text in (entry.key, entry.value)]


def _check_texts(texts: Iterable[object], where: str) -> None:
    for text in texts:
        if isinstance(text, bytes):
            raise ModelFormatError(f"{where} holds text that is not UTF-8: {text[:60]!r}", hint=_AGAIN)


def _check_attribute(node: Any, attribute: Any) -> None:
    _check_texts((attribute.name, attribute.ref_attr_name, attribute.doc_string), f"node {node.name!r}")
    kind = attribute.type
    if kind == _TENSOR:
        _check_tensor(attribute.t)
    elif kind == _TENSORS:
        for tensor in attribute.tensors:
            _check_tensor(tensor)
    elif kind == 0:
        raise ModelFormatError(
            f"node {node.name!r} ({node.op_type}): the attribute {attribute.name!r} has no type that is known",
            hint=_AGAIN,
            node=node.name,
        )


def _check_info(info: Any) -> None:
    """An input, an output or a value: texts; what some exporters write for an unknown size is taken as that.

    It is a negative number, or a name that is none: of two dimensions called ``?`` one knows not that they are alike.
    """
    _check_texts((info.name, info.doc_string, *_properties(info)), "an input, output or value")
    kind = info.type.WhichOneof("value")
    if kind not in ("tensor_type", "sparse_tensor_type"):
        return
    for dim in getattr(info.type, kind).shape.dim:
        if dim.dim_value < 0:
            dim.ClearField("dim_value")
        if dim.dim_param in _UNKNOWN:
            dim.ClearField("dim_param")
        _check_texts((dim.dim_param, dim.denotation), f"the shape of {info.name!r}")


def _check_once(names: list[str], kind: str) -> None:
    _check_texts(names, f"an {kind}")
    if len(set(names)) == len(names):
        return
    twice = next(name for name in names if names.count(name) > 1)
    raise ModelFormatError(f"two {kind}s of a graph are called {twice!r}", hint=_AGAIN)


def _check_tensor(tensor: Any) -> None:
    _check_texts((tensor.name, tensor.doc_string, *_properties(tensor)), "a tensor")
    places = (text for entry in tensor.external_data for text in (entry.key, entry.value))
    _check_texts(places, f"the external data of tensor {tensor.name!r}")
    if tensor.data_type not in _DTYPES:
        raise ModelFormatError(f"tensor {tensor.name!r} has no dtype that exists: {tensor.data_type}", hint=_AGAIN)
    check_sizes(tensor.name, tensor.dims)
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        if tensor.data_type == onnx.TensorProto.STRING:
            raise ModelFormatError(f"tensor {tensor.name!r} keeps strings outside, which ONNX forbids", hint=_AGAIN)
        _check_place(tensor)


def check_sizes(name: str, dims: Iterable[int]) -> None:
    """The sizes of a tensor must be ones that an array can have.

    Raises:
        ModelFormatError: One is negative, there are too many, or their product is out of reach.
    """
    sizes = list(dims)
    if len(sizes) > MAX_RANK:
        raise ModelFormatError(f"tensor {name!r} has {len(sizes)} dimensions, more than {MAX_RANK}", hint=_AGAIN)
    if any(size < 0 for size in sizes):
        raise ModelFormatError(f"tensor {name!r} has a negative size in {sizes}", hint=_AGAIN)
    if math.prod(size for size in sizes if size) * 16 > _MAX_BYTES:
        raise ModelFormatError(f"tensor {name!r} of sizes {sizes} is larger than any memory", hint=_AGAIN)


def _check_place(tensor: Any) -> None:
    for entry in tensor.external_data:
        if entry.key in ("offset", "length") and not (entry.value.isdecimal() and len(entry.value) <= 19):
            raise ModelFormatError(
                f"the external data of tensor {tensor.name!r} has the {entry.key} {entry.value[:60]!r}",
                hint="a number of bytes is wanted; export the model again",
            )


def _check_sparse(sparse: Any) -> None:
    """Names and sizes of a sparse initializer; values and indices must be stored in it or beside the model."""
    if not sparse.values.name:
        raise ModelFormatError("a sparse initializer has no name", hint=_AGAIN)
    _check_tensor(sparse.values)
    _check_tensor(sparse.indices)
    check_sizes(sparse.values.name, sparse.dims)


def _check_calls(proto: onnx.ModelProto) -> None:
    """Functions must not call themselves, directly or through others."""
    calls = {(item.domain, item.name): _called(item) for item in proto.functions}
    done: set[tuple[str, str]] = set()
    for start in calls:
        _follow(start, calls, done)


def _called(function: Any) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    pending: list[Any] = [function]
    while pending:
        for node in pending.pop().node:
            found[(node.domain, node.op_type)] = None
            pending.extend(attribute.g for attribute in node.attribute if attribute.type == _GRAPH)
    return list(found)


def _follow(
    start: tuple[str, str], calls: dict[tuple[str, str], list[tuple[str, str]]], done: set[tuple[str, str]]
) -> None:
    """Walks the calls from ``start`` in depth, without recursion."""
    path: dict[tuple[str, str], None] = {}
    pending: list[tuple[tuple[str, str], bool]] = [(start, False)]
    while pending:
        key, over = pending.pop()
        if over:
            path.pop(key)
            done.add(key)
            continue
        if key in path:
            chain = " -> ".join(f"{domain}:{name}" for domain, name in [*path, key])
            raise ModelFormatError(f"functions of the model call themselves: {chain}", hint=_AGAIN)
        if key in done or key not in calls:
            continue
        path[key] = None
        pending.append((key, True))
        pending.extend((item, False) for item in calls[key])


_AGAIN = "the file is damaged or was made to mislead; export the model again"
_UNKNOWN = ("?", "-1", "None")
