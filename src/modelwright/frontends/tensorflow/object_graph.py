"""The graph of saved Python objects in a TensorFlow 2 SavedModel, and its twin in the checkpoint.

The SavedModel's objects and the checkpoint's are numbered independently; both are trees of named children from the
same root, so walking them together tells which checkpoint key holds an object's variable.
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import DecodeError

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.messages import Message, message_class
from modelwright.frontends.tensorflow.variables import Slot

OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"


def checkpoint_objects(bundle: Bundle) -> Message | None:
    """The checkpoint's TrackableObjectGraph; ``None`` for a name-based checkpoint.

    Raises:
        ModelFormatError: It is damaged.
    """
    if OBJECT_GRAPH_KEY not in bundle:
        return None
    try:
        return message_class("TrackableObjectGraph").FromString(bundle.strings(OBJECT_GRAPH_KEY)[0])
    except (DecodeError, IndexError) as error:
        raise ModelFormatError(f"{bundle.prefix}: the checkpoint's object graph is damaged: {error}") from error


def variable_slots(objects: Message, checkpoint: Message) -> dict[int, Slot]:
    """Checkpoint tensors of the saved variables, by the number of their object in the SavedModel."""
    slots: dict[int, Slot] = {}
    seen: set[int] = set()
    pending = [(0, 0)]
    while pending:
        saved, tracked = pending.pop()
        if saved in seen or not (0 <= saved < len(objects.nodes) and 0 <= tracked < len(checkpoint.nodes)):
            continue
        seen.add(saved)
        for attribute in checkpoint.nodes[tracked].attributes:
            if attribute.name == "VARIABLE_VALUE":
                slots[saved] = Slot(key=attribute.checkpoint_key)
        twins = {child.local_name: child.node_id for child in checkpoint.nodes[tracked].children}
        children = objects.nodes[saved].children
        pending += [(child.node_id, twins[child.local_name]) for child in children if child.local_name in twins]
    return slots


def call_functions(objects: Message) -> list[str]:
    """Names of the concrete functions saved under the root's ``__call__``, in their saved order."""
    for child in objects.nodes[0].children if len(objects.nodes) else ():
        known = 0 <= child.node_id < len(objects.nodes)
        if known and child.local_name == "__call__" and objects.nodes[child.node_id].HasField("function"):
            return list(objects.nodes[child.node_id].function.concrete_functions)
    return []


def captured_nodes(objects: Message, nodes: Mapping[str, Message]) -> dict[int, str]:
    """References in the top graph that stand for captured objects, by object number.

    Every call in the top graph of a function with captures passes them last, in the order of its ``bound_inputs``.
    """
    found: dict[int, str] = {}
    for node in nodes.values():
        name = node.attr["f"].func.name if node.op in ("PartitionedCall", "StatefulPartitionedCall") else ""
        if name not in objects.concrete_functions:
            continue
        bound = objects.concrete_functions[name].bound_inputs
        arguments = [ref for ref in node.input if not ref.startswith("^")]
        found.update(zip(bound, arguments[len(arguments) - len(bound) :], strict=False))
    for index, saved in enumerate(objects.nodes):
        if saved.HasField("constant"):
            found.setdefault(index, saved.constant.operation)
    return found


def structure_leaves(value: Message, name: str) -> list[tuple[str, Message]]:
    """Leaves of a structured signature with names, in TensorFlow's order.

    Args:
        value: A StructuredValue.
        name: Name of a leaf that has no key of its own; sequences number their items (``output_0``, ``output_1``).
    """
    kind = value.WhichOneof("kind")
    if kind in ("none_value", None):
        return []
    parts: list[tuple[str, Message]]
    if kind == "dict_value":
        parts = [(key, value.dict_value.fields[key]) for key in sorted(value.dict_value.fields)]
    elif kind == "named_tuple_value":
        parts = [(pair.key, pair.value) for pair in value.named_tuple_value.values]
    elif kind in ("tuple_value", "list_value"):
        stem = name.removesuffix("_0")
        parts = [(f"{stem}_{index}", item) for index, item in enumerate(getattr(value, kind).values)]
    else:
        return [(name, value)]
    return [leaf for key, part in parts for leaf in structure_leaves(part, key)]
