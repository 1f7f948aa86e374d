"""What SavedModels and checkpoints share: a MetaGraphDef and a checkpoint's variables."""

from __future__ import annotations

import contextlib
from pathlib import Path

from modelwright.errors import ModelNotFoundError
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.graphdef import functions_of, nodes_of
from modelwright.frontends.tensorflow.messages import Message, node_of, split_ref
from modelwright.frontends.tensorflow.object_graph import captured_nodes, checkpoint_objects, variable_slots
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.source import Source
from modelwright.frontends.tensorflow.variables import Slot, Variables, restore_bindings
from modelwright.schemas.companions import companion
from modelwright.schemas.spans import SpanStore

_INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op", "main_op")
_INIT_SIGNATURE = "__saved_model_init_op"


def open_meta_graph(meta: Message, bundle: Bundle | None, spans: SpanStore, *, where: str, kind: str) -> Source:
    """Binds a MetaGraphDef's variables to a checkpoint.

    Args:
        meta: The MetaGraphDef.
        bundle: Its checkpoint; ``None`` if the model has no variables.
        spans: Where the message's markers lead.
        where: The model's path, for messages.
        kind: ``"saved_model"`` or ``"checkpoint"``.

    Raises:
        ModelFormatError: The graph is empty or the checkpoint is damaged.
    """
    graph = meta.graph_def
    functions = functions_of(graph)
    nodes = nodes_of(graph, where)
    restore_op = meta.saver_def.restore_op_name
    bindings = restore_bindings(nodes, functions, restore_op, spans) if bundle is not None else {}
    if bundle is not None:
        _bind_by_objects(meta.object_graph_def, bundle, nodes, bindings)
    return Source(
        where=where,
        kind=kind,
        spans=spans,
        nodes=nodes,
        functions=functions,
        op_outputs=OpOutputs(functions, meta.meta_info_def.stripped_op_list),
        variables=Variables(bundle, bindings, where),
        versions=graph.versions,
        init_nodes=_init_nodes(meta, nodes),
        restore_op=node_of(restore_op) if node_of(restore_op) in nodes else "",
    )


def _bind_by_objects(objects: Message, bundle: Bundle, nodes: dict[str, Message], bindings: dict[str, Slot]) -> None:
    """Binds captured variables the restore operation does not know, through the checkpoint's object graph."""
    captured = captured_nodes(objects, nodes)
    missing = {
        number: name
        for number, name in ((number, split_ref(ref)[0]) for number, ref in captured.items())
        if name in nodes and nodes[name].op == "VarHandleOp" and name not in bindings
    }
    tracked = checkpoint_objects(bundle) if missing else None
    if tracked is not None:
        slots = variable_slots(objects, tracked)
        bindings.update({name: slots[number] for number, name in missing.items() if number in slots})


def _init_nodes(meta: Message, nodes: dict[str, Message]) -> list[str]:
    names = [name for key in _INIT_COLLECTIONS for name in meta.collection_def[key].node_list.value]
    if _INIT_SIGNATURE in meta.signature_def:
        names += [info.name for info in meta.signature_def[_INIT_SIGNATURE].outputs.values()]
    return [name for name in dict.fromkeys(node_of(name) for name in names) if name in nodes]


def asset_files(meta: Message, folder: Path) -> dict[str, Path]:
    """Asset files of a SavedModel by the name of the Const node that stands for their path.

    Raises:
        ModelFormatError: One leads out of the folder; one that is missing is told when it is read.
    """
    found: dict[str, Path] = {}
    for asset in meta.asset_file_def:
        path = folder / asset.filename
        with contextlib.suppress(ModelNotFoundError):
            path = companion(folder, asset.filename, what=f"{folder.parent}: an asset")
        found[split_ref(asset.tensor_info.name)[0]] = path
    return found
