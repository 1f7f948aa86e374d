"""TensorFlow.js graph models: ``model.json`` with the GraphDef as JSON, and its weights in shards beside it.

``modelTopology`` is a GraphDef in protobuf's JSON form whose constants hold no values (see ``tfjs_weights``).
``signature`` (older: in ``userDefinedMetadata``) is a SignatureDef. ``modelInitializer`` is a second graph that fills
lookup tables; its outputs and the inputs of the main graph that take their handles have the same ``resourceId``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.tensorflow.graphdef import functions_of, nodes_of
from modelwright.frontends.tensorflow.messages import Message, make_node, message_class, node_of
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.recognize import TFJS_FILE
from modelwright.frontends.tensorflow.signature import GraphTensor, signature_tensors
from modelwright.frontends.tensorflow.source import Source
from modelwright.frontends.tensorflow.tfjs_fused import take_apart
from modelwright.frontends.tensorflow.tfjs_weights import Weight, read_weights
from modelwright.frontends.tensorflow.variables import Variables
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import SpanStore, map_file

_LAYERS: Final = "layers-model"
_PREFIX: Final = "modelInitializer/"


def model_file(path: Path) -> Path:
    """The ``model.json`` of a model, given its folder or the file.

    Raises:
        ModelNotFoundError: There is none.
    """
    file = path / TFJS_FILE if path.is_dir() else path
    if not file.is_file():
        raise ModelNotFoundError(f"{file}: no such file", hint="give model.json or the folder that holds it")
    return file


def tfjs_files(path: Path) -> tuple[Path, ...]:
    """``model.json`` and every shard, in the manifest's order.

    Raises:
        ModelNotFoundError: There is no ``model.json``.
        ModelFormatError: It is not JSON.
    """
    file = model_file(path)
    document = _document(file)
    groups: Any = document.get("weightsManifest")
    tables = [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    lists = [paths for group in tables if isinstance(paths := group.get("paths"), list)]
    shards = [
        companion(file.parent, str(name), what=f"{file}: a shard of its weights") for names in lists for name in names
    ]
    return (file, *dict.fromkeys(shards))


def open_tfjs(path: Path) -> Source:
    """Opens a graph model.

    Raises:
        ModelNotFoundError: ``model.json`` or a shard is missing.
        ModelFormatError: The JSON or a shard is damaged, or the model is no graph model.
        UnsupportedError: A merged operator or a weight's dtype is not known.
    """
    file = model_file(path)
    where = str(file)
    document = _document(file)
    _check_kind(document, where)
    spans = SpanStore()
    graph = _parse(document["modelTopology"], "GraphDef", where)
    weights = read_weights(document.get("weightsManifest", []), file.parent, spans, where)
    signature = _signature(document, where)
    _fill(graph, weights, spans, where)
    initializer = _initializer(document, where)
    _fill(initializer, weights, spans, where)
    fillers = _add_initializer(graph, initializer, document, signature)
    expanded = [item for node in graph.node for item in take_apart(node)]
    del graph.node[:]
    graph.node.extend(expanded)
    functions = functions_of(graph)
    source = Source(
        where=where,
        kind="tfjs",
        spans=spans,
        nodes=nodes_of(graph, where),
        functions=functions,
        op_outputs=OpOutputs(functions),
        variables=Variables(None, {}, where),
        versions=graph.versions,
        init_nodes=fillers,
    )
    if signature is not None and signature.outputs:
        source.inputs = _given(signature_tensors(signature.inputs, where), source.nodes)
        source.outputs = signature_tensors(signature.outputs, where)
    return source


def _document(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(bytes(map_file(file)))
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{file}: not valid JSON ({error})", hint="copy or convert the model again") from error
    if not isinstance(found, dict):
        raise ModelFormatError(f"{file}: holds no model", hint="give the model.json of a TensorFlow.js model")
    return found


def _check_kind(document: Mapping[str, Any], where: str) -> None:
    topology = document.get("modelTopology")
    if document.get("format") == _LAYERS or (
        isinstance(topology, dict)
        and "node" not in topology
        and ("model_config" in topology or "class_name" in topology)
    ):
        raise ModelFormatError(
            f"{where}: is a layers-model (Keras layers as JSON), not a graph-model",
            hint="give the Keras model it was made from with --keras, or make one of it first: "
            "tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras",
        )
    if not isinstance(topology, dict) or "node" not in topology:
        raise ModelFormatError(f"{where}: holds no graph", hint="give the model.json of a TensorFlow.js graph-model")


def _parse(data: Any, message_name: str, where: str) -> Message:
    try:
        return json_format.ParseDict(data, message_class(message_name)(), ignore_unknown_fields=True)
    except (json_format.ParseError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFormatError(
            f"{where}: not a {message_name} as JSON ({error})", hint="copy or convert the model again"
        ) from error


def _signature(document: Mapping[str, Any], where: str) -> Message | None:
    metadata = document.get("userDefinedMetadata")
    found = document.get("signature") or (metadata.get("signature") if isinstance(metadata, dict) else None)
    return _parse(found, "SignatureDef", where) if found else None


def _initializer(document: Mapping[str, Any], where: str) -> Message:
    """The graph that fills tables; empty when there is none."""
    return _parse(document.get("modelInitializer") or {}, "GraphDef", where)


def _add_initializer(
    graph: Message, initializer: Message, document: Mapping[str, Any], signature: Message | None
) -> list[str]:
    """Adds the initializer's nodes under names of their own and ties its tables to the inputs that take them.

    Returns:
        The names of the nodes added.
    """
    handles = _resources(document.get("initializerSignature"), "outputs")
    tables = {number: _prefixed(tensor) for tensor, number in handles.values()}
    placeholders = {node.name: node for node in graph.node if node.op == "Placeholder"}
    for key, (tensor, number) in _resources(document.get("signature"), "inputs").items():
        node = placeholders.get(node_of(tensor))
        if node is None or number not in tables:
            continue
        tied = make_node(node.name, "Identity", tables[number], T=node.attr["dtype"].type)
        node.CopyFrom(tied)
        if signature is not None:
            del signature.inputs[key]
    for node in initializer.node:
        inputs = [_prefixed(name) for name in node.input]
        node.name = _prefixed(node.name)
        del node.input[:]
        node.input.extend(inputs)
    graph.node.extend(initializer.node)
    graph.library.function.extend(initializer.library.function)
    return [node.name for node in initializer.node]


def _prefixed(ref: str) -> str:
    return f"^{_PREFIX}{ref[1:]}" if ref.startswith("^") else f"{_PREFIX}{ref}"


def _resources(signature: object, side: str) -> dict[str, tuple[str, int]]:
    """Tensor and ``resourceId`` of the entries of a signature that have one, by key."""
    entries = signature.get(side) if isinstance(signature, dict) else None
    return {
        str(key): (str(entry.get("name")), int(entry["resourceId"]))
        for key, entry in sorted((entries or {}).items())
        if isinstance(entry, dict) and "resourceId" in entry
    }


def _given(inputs: tuple[GraphTensor, ...], nodes: Mapping[str, Message]) -> tuple[GraphTensor, ...]:
    """The inputs that the graph still has; the converter drops those that nothing uses, but not from the signature."""
    return tuple(item for item in inputs if node_of(item.tensor) in nodes)


def _fill(graph: Message, weights: Mapping[str, Weight], spans: SpanStore, where: str) -> None:
    """Puts values into the constants of a graph and its functions.

    Raises:
        ModelFormatError: One has neither a weight nor values of its own.
    """
    missing: list[str] = []
    bodies = [node for function in graph.library.function for node in function.node_def]
    for node in [*graph.node, *bodies]:
        if node.op != "Const":
            continue
        tensor = node.attr["value"].tensor
        dtype = node.attr["dtype"].type or tensor.dtype
        weight = weights.get(node.name)
        if weight is not None:
            tensor.CopyFrom(weight.tensor(dtype, spans))
        elif not _has_values(tensor):
            missing.append(node.name)
    if missing:
        raise ModelFormatError(
            f"{where}: the weights manifest lacks {len(missing)} constants: {', '.join(missing[:5])}",
            hint="convert the model again",
        )


def _has_values(tensor: Message) -> bool:
    return any(field.name not in ("dtype", "tensor_shape", "version_number") for field, _ in tensor.ListFields())
