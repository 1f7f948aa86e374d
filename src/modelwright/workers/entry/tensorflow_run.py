"""Runs a TensorFlow model on given inputs. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and tensorflow, and imports nothing of modelwright. The request:

    format             "tf-saved-model", "tf-graphdef" or "tf-checkpoint"
    path               the model
    outputs            names wanted: signature keys or tensor names
    signature, tags    of a SavedModel; null for the usual ones
    concrete_function  index among the concrete functions of a SavedModel's ``__call__``; null for a signature
    op_libraries       shared libraries with operators, loaded first
    known              names of which the reply says in ``known`` which the model has; may be left out

Every way of loading ends in a graph and a session, so that any tensor can be fed and fetched by its name.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


class Loaded:
    """A session with the tensors that the model's own names stand for."""

    def __init__(self, session: Any, aliases: dict[str, str]) -> None:
        self.session = session
        self.aliases = aliases

    def tensor(self, name: str) -> Any:
        """The tensor of a signature key, an argument or a tensor name."""
        resolved = self.aliases.get(name, name)
        if ":" not in resolved:
            resolved += ":0"
        try:
            return self.session.graph.get_tensor_by_name(resolved)
        except (KeyError, ValueError) as error:
            known = ", ".join(sorted(self.aliases)[:20])
            raise WorkFault(
                "name", f"the model has no tensor {name!r}" + (f"; it has {known}" if known else "")
            ) from error

    def has(self, name: str) -> bool:
        """Whether there is such a tensor."""
        try:
            self.tensor(name)
        except WorkFault:
            return False
        return True


def load_saved_model(tf: Any, request: dict[str, Any]) -> Loaded:
    """A SavedModel's signature, its variables restored and its tables filled."""
    path = request["path"]
    tags = request["tags"] if request["tags"] is not None else only_tags(path)
    if request["concrete_function"] is not None:
        return load_concrete_function(tf, path, tags, request["concrete_function"])
    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        meta = tf.compat.v1.saved_model.loader.load(session, tags, path)
    signatures = {key: value for key, value in meta.signature_def.items() if key != "__saved_model_init_op"}
    wanted = request["signature"] or ("serving_default" if "serving_default" in signatures else None)
    if wanted is None:
        wanted = min(signatures) if signatures else None
    if wanted is not None and wanted not in signatures:
        raise WorkFault("name", f"no signature {wanted!r}; there are {', '.join(sorted(signatures))}")
    aliases = {}
    if wanted is not None:
        for infos in (signatures[wanted].inputs, signatures[wanted].outputs):
            aliases.update({key: info.name for key, info in infos.items()})
    return Loaded(session, aliases)


def only_tags(path: str) -> list[str]:
    """The tags of the only meta graph, or ``serve`` when there are several."""
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel()
    model.ParseFromString(Path(path, "saved_model.pb").read_bytes())
    if len(model.meta_graphs) == 1:
        return list(model.meta_graphs[0].meta_info_def.tags)
    return ["serve"]


def load_concrete_function(tf: Any, path: str, tags: list[str], index: int) -> Loaded:
    """One concrete function of ``__call__``, with its variables made constants."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    loaded = tf.saved_model.load(path, tags=tags)
    functions = loaded.__call__.concrete_functions if callable(loaded) else []
    if not 0 <= index < len(functions):
        raise WorkFault("name", f"no concrete function {index}; there are {len(functions)}")
    function = functions[index]
    frozen = convert_variables_to_constants_v2(function)
    aliases = {}
    arguments = tf.nest.flatten(function.structured_input_signature)
    specs = [item for item in arguments if isinstance(item, tf.TensorSpec)]
    for position, tensor in enumerate(frozen.inputs):
        aliases[specs[position].name or tensor.name] = tensor.name
    outputs = function.structured_outputs
    if isinstance(outputs, dict):
        aliases.update({key: frozen.outputs[position].name for position, key in enumerate(sorted(outputs))})
    for position, tensor in enumerate(frozen.outputs):
        aliases.setdefault(function.outputs[position].name, tensor.name)
        aliases.setdefault(f"output_{position}", tensor.name)
    graph = tf.Graph()
    with graph.as_default():
        tf.compat.v1.import_graph_def(frozen.graph.as_graph_def(), name="")
    return Loaded(tf.compat.v1.Session(graph=graph), aliases)


def load_graph_def(tf: Any, request: dict[str, Any]) -> Loaded:
    """A GraphDef, binary or text."""
    path = Path(request["path"])
    definition = tf.compat.v1.GraphDef()
    if path.suffix == ".pbtxt":
        from google.protobuf import text_format

        text_format.Parse(path.read_text(), definition)
    else:
        definition.ParseFromString(path.read_bytes())
    graph = tf.Graph()
    with graph.as_default():
        tf.compat.v1.import_graph_def(definition, name="")
    return Loaded(tf.compat.v1.Session(graph=graph), {})


def load_checkpoint(tf: Any, request: dict[str, Any]) -> Loaded:
    """A meta graph with the checkpoint beside it."""
    path = request["path"]
    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():
        saver = tf.compat.v1.train.import_meta_graph(path, clear_devices=True)
        if saver is None:
            session.run(tf.compat.v1.global_variables_initializer())
        else:
            saver.restore(session, path[: -len(".meta")])
        session.run(tf.compat.v1.tables_initializer())
    return Loaded(session, {})


LOADERS = {
    "tf-saved-model": load_saved_model,
    "tf-graphdef": load_graph_def,
    "tf-checkpoint": load_checkpoint,
}


def portable(np: Any, array: Any) -> Any:
    """The array in a form that an ``.npz`` holds: strings fixed-width, bfloat16 as float32."""
    array = np.asarray(array)
    if array.dtype.kind in "OS":
        texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in array.ravel()]
        return np.array(texts, dtype=np.str_).reshape(array.shape)
    return array.astype(np.float32) if array.dtype.kind == "V" or array.dtype.name == "bfloat16" else array


def run(folder: str) -> tuple[dict[str, Any], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import numpy as np
        import tensorflow as tf
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    try:
        for library in request["op_libraries"]:
            tf.load_op_library(library)
        loaded = LOADERS[request["format"]](tf, request)
    except WorkFault:
        raise
    except Exception as error:
        raise WorkFault("model", f"{type(error).__name__}: {error}") from error
    feeds = {}
    for name, array in arrays_in(folder, names).items():
        tensor = loaded.tensor(name)
        feeds[tensor] = array.astype(tensor.dtype.as_numpy_dtype)
    fetches = [loaded.tensor(name) for name in request["outputs"]]
    try:
        results = loaded.session.run(fetches, feeds)
    except Exception as error:
        raise WorkFault("run", f"{type(error).__name__}: {error}") from error
    known = [name for name in request.get("known", ()) if loaded.has(name)]
    arrays = {name: portable(np, results[position]) for position, name in enumerate(request["outputs"])}
    leave_arrays(folder, arrays.values())
    return {"framework": f"TensorFlow {tf.__version__}", "known": known}, list(arrays)


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
