"""Writes a case to a folder: `saved_model/`, `frozen.pb`, `meta.json` and references (`ref_b1.npz`, `frozen_b1.npz`).

The `.npz` keys are `in:<name>` and `out:<name>`: names of the signature for the SavedModel, tensor names (`x:0`) for
the frozen graph.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from zoo.cases import Case, Feeds, FunctionCase, GraphCase, KerasCase, SessionCase

FROZEN = "frozen.pb"
SAVED_MODEL = "saved_model"


def export(case: Case, folder: Path) -> dict[str, Any]:
    """Writes everything for `case` into `folder` (emptied first); returns what went into meta.json."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if isinstance(case, KerasCase):
        meta = _export_keras(case, folder)
    elif isinstance(case, FunctionCase):
        meta = _export_function(case, folder)
    elif isinstance(case, GraphCase):
        meta = _export_graph(case, folder)
    else:
        meta = _export_session(case, folder)
    meta["batches"] = list(case.batches)
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
    return meta


def _export_keras(case: KerasCase, folder: Path) -> dict[str, Any]:
    model = case.model
    model.export(str(folder / SAVED_MODEL), verbose=False)
    signature = _signature(folder)
    names = [tensor.name for tensor in model.inputs]
    feeds = {n: dict(zip(names, case.feeds(n), strict=True)) for n in case.batches}
    _write_references(signature, folder, feeds)
    frozen = None
    if case.frozen:
        specs = [
            tf.TensorSpec(tensor.shape, tensor.dtype, name="x" if len(names) == 1 else f"x{index}")
            for index, tensor in enumerate(model.inputs)
        ]
        call = tf.function(lambda *args: model(args[0] if len(args) == 1 else list(args), training=False))
        frozen = _freeze(call.get_concrete_function(*specs), folder, {n: list(f.values()) for n, f in feeds.items()})
    return {"saved_model": SAVED_MODEL, "frozen": frozen}


def _export_function(case: FunctionCase, folder: Path) -> dict[str, Any]:
    concrete = case.function.get_concrete_function()
    tf.saved_model.save(case.module, str(folder / SAVED_MODEL), signatures={"serving_default": case.function})
    feeds = {n: case.feeds(n) for n in case.batches}
    _write_references(_signature(folder), folder, feeds)
    frozen = None
    if case.frozen:
        order = [tensor.name.split(":")[0] for tensor in concrete.inputs if tensor.dtype != tf.resource]
        values = {n: [f[name] for name in order] for n, f in feeds.items()}
        frozen = _freeze(concrete, folder, values, lower_control_flow=case.lower_control_flow)
    return {"saved_model": SAVED_MODEL, "frozen": frozen}


def _export_graph(case: GraphCase, folder: Path) -> dict[str, Any]:
    (folder / FROZEN).write_bytes(case.graph_def.SerializeToString(deterministic=True))
    for n in case.batches:
        feeds = case.feeds(n)
        outputs = case.reference(feeds) if case.reference else run_graph(case.graph_def, feeds, case.outputs)
        _write_npz(folder / f"frozen_b{n}.npz", feeds, outputs)
    frozen = {"path": FROZEN, "inputs": list(case.inputs), "outputs": list(case.outputs)}
    return {"saved_model": None, "frozen": frozen}


def _export_session(case: SessionCase, folder: Path) -> dict[str, Any]:
    v1 = tf.compat.v1
    v1.disable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default(), v1.Session(graph=graph, config=v1.ConfigProto(device_count={"CPU": 2})) as session:
        signatures = case.build()
        session.run(v1.global_variables_initializer())
        definitions = {
            name: v1.saved_model.predict_signature_def(inputs, outputs)
            for name, (inputs, outputs) in signatures.items()
        }
        builder = v1.saved_model.Builder(str(folder / SAVED_MODEL))
        saver = v1.train.Saver(sharded=True)
        builder.add_meta_graph_and_variables(session, ["serve"], definitions, saver=saver)
        builder.save()
    _write_references(_signature(folder), folder, {n: case.feeds(n) for n in case.batches})
    return {"saved_model": SAVED_MODEL, "frozen": None}


def run_graph(graph_def: Any, feeds: Feeds, outputs: tuple[str, ...]) -> Feeds:
    """Runs a TF1 graph; feeds and outputs are keyed by tensor name."""
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        return dict(zip(outputs, session.run(list(outputs), feed_dict=feeds), strict=True))


def _signature(folder: Path) -> Any:
    loaded = tf.saved_model.load(str(folder / SAVED_MODEL))
    signature = loaded.signatures["serving_default"]
    signature.keep_alive = loaded
    return signature


def _write_references(signature: Any, folder: Path, feeds: dict[int, Feeds]) -> None:
    for n, feed in feeds.items():
        outputs = signature(**{name: tf.constant(value) for name, value in feed.items()})
        _write_npz(folder / f"ref_b{n}.npz", feed, {name: value.numpy() for name, value in sorted(outputs.items())})


def _freeze(
    concrete: Any, folder: Path, feeds: dict[int, list[np.ndarray]], *, lower_control_flow: bool = False
) -> dict[str, Any]:
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=lower_control_flow)
    (folder / FROZEN).write_bytes(frozen.graph.as_graph_def().SerializeToString(deterministic=True))
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [tensor.name for tensor in frozen.outputs]
    for n, values in feeds.items():
        results = frozen(*[tf.constant(value) for value in values])
        arrays = [value.numpy() for value in tf.nest.flatten(results)]
        named = dict(zip(inputs, values, strict=True))
        _write_npz(folder / f"frozen_b{n}.npz", named, dict(zip(outputs, arrays, strict=True)))
    return {"path": FROZEN, "inputs": inputs, "outputs": outputs}


def _write_npz(path: Path, feeds: Feeds, outputs: Feeds) -> None:
    arrays = {f"in:{name}": np.asarray(value) for name, value in feeds.items()}
    arrays |= {f"out:{name}": np.asarray(value) for name, value in outputs.items()}
    # TensorFlow gives strings as objects, which a .npz could hold only as pickles.
    plain = {key: value.astype(bytes) if value.dtype == object else value for key, value in arrays.items()}
    np.savez(path, **plain)
