"""MindIR files as messages, and what they say of their inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import TensorSpec
from modelwright.schemas.mindspore_cipher import Cipher, decrypt
from modelwright.schemas.pool import load_schema

DTYPES: Final = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float64",
}
"""``TensorProto.data_type`` to ONNX's name."""


def read_mindir(path: Path, cipher: Cipher | None = None) -> Any:
    """The file's ``ModelProto``.

    Args:
        path: The file.
        cipher: What opens it, when it is encrypted.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is encrypted and the key is not there or not right, damaged, or no MindIR.
        ToolMissingError: It is encrypted, and no library to decrypt it is installed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
    data = decrypt(data, cipher, path)
    try:
        model = load_schema("mindir").message("ModelProto").FromString(data)
    except DecodeError as error:
        raise ModelFormatError(f"{path} is no MindIR, or damaged: {error}", hint="export the model again") from error
    if not model.HasField("graph") or not model.producer_name:
        raise ModelFormatError(f"{path} holds no MindIR graph", hint="export the model again")
    if any(isinstance(text, bytes) for text in _texts(model)):
        raise ModelFormatError(f"{path} is damaged: it holds text that is not UTF-8", hint="export the model again")
    return model


def _texts(model: Any) -> Iterator[object]:
    """The names in a model; protobuf gives those that are not UTF-8 as bytes."""
    yield from (model.producer_name, model.model_version)
    yield from (text for item in model.primitives for text in (item.name, item.op_type))
    for graph in (model.graph, *model.functions):
        yield graph.name
        yield from (item.name for item in (*graph.input, *graph.output))
        yield from (text for item in graph.parameter for text in (item.name, item.external_data.location))
        for node in graph.node:
            yield from (node.name, node.op_type, *node.input, *node.output)


def inputs_of(graph: Any) -> tuple[TensorSpec, ...]:
    """The inputs of a graph, under their names without the graph's."""
    return tuple(_spec(entry.name, entry.tensor[0]) for entry in graph.input if entry.tensor)


def outputs_of(graph: Any) -> tuple[TensorSpec, ...]:
    """The outputs; members of a tuple one after the other, under the names of the nodes that make them."""
    return tuple(_outputs(graph))


def plain_name(name: str) -> str:
    """A value's name without the graph's, which stands before a colon."""
    return name.partition(":")[2] or name


def _outputs(graph: Any) -> Iterator[TensorSpec]:
    entry = graph.output[0] if graph.output else None
    if entry is None:
        return
    if entry.tensor:
        yield _spec(entry.name, entry.tensor[0])
        return
    node = next((node for node in graph.node if node.name == entry.name), None)
    names = list(node.input) if node is not None and "MakeTuple" in node.op_type else []
    for place, tensor in enumerate(_tensors(entry.attr_info)):
        yield _spec(names[place] if place < len(names) else f"{entry.name}[{place}]", tensor)


def _tensors(attribute: Any) -> Iterator[Any]:
    yield from attribute.tensors
    for value in attribute.values:
        yield from _tensors(value)


def _spec(name: str, tensor: Any) -> TensorSpec:
    shape = tuple(size if size >= 0 else None for size in tensor.dims)
    return TensorSpec(name=plain_name(name), dtype=DTYPES.get(tensor.data_type, "unknown"), shape=shape)
