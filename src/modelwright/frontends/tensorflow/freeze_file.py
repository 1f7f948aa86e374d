"""Writing a frozen GraphDef that TensorFlow loads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modelwright.errors import OutputError, UnsupportedError
from modelwright.frontends.tensorflow.messages import Message, message_class, split_ref
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.reader import TensorFlowModel
from modelwright.schemas.stream import expand

MAX_BYTES: Final = 2**31 - 1
"""Protobuf's limit for one message; TensorFlow refuses a larger graph."""


def save_frozen_graph(model: TensorFlowModel, path: Path | str) -> int:
    """Writes the model's graph with its weights; the file appears only when it is whole.

    Args:
        model: What ``read_model`` gave.
        path: The ``.pb`` file to write.

    Returns:
        The size of the file in bytes.

    Raises:
        UnsupportedError: The graph is larger than 2 GiB.
        OutputError: The file cannot be written.
    """
    path = Path(path)
    pieces, size = expand(_as_tensorflow_writes(model), model.spans)
    if size > MAX_BYTES:
        raise UnsupportedError(f"the frozen graph has {size} bytes; TensorFlow reads at most {MAX_BYTES}")
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.writelines(pieces)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        hint = "check that the folder exists, is writable and has room"
        raise OutputError(f"{path}: cannot be written ({error.strerror})", hint=hint) from error
    return size


def _as_tensorflow_writes(model: TensorFlowModel) -> Message:
    """The graph with references in function bodies by output name, as TensorFlow demands there."""
    if not model.graph.library.function:
        return model.graph
    graph = message_class("GraphDef")()
    graph.CopyFrom(model.graph)
    for function in graph.library.function:
        nodes = {node.name: node for node in function.node_def}
        for node in function.node_def:
            inputs = [_by_name(ref, nodes, model.op_outputs) for ref in node.input]
            del node.input[:]
            node.input.extend(inputs)
        for key in list(function.ret):
            function.ret[key] = _by_name(function.ret[key], nodes, model.op_outputs)
    return graph


def _by_name(ref: str, nodes: Mapping[str, Message], outputs: OpOutputs) -> str:
    name, index = split_ref(ref)
    return f"{name}:{outputs.name(nodes[name], index)}" if name in nodes else ref
