"""Where the values of a graph's variables are in its checkpoint.

TensorFlow's own loaders run the saver's restore operation: RestoreV2 reads names (and slices) and Assign operators
give the results to variables. Reading that part of the graph instead of running it binds every variable exactly,
whatever it is called: variables of TensorFlow 1 and 2, partitioned ones, and savers with names of their own. Variables
the restore operation does not know are looked up by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.messages import Message, node_of, split_ref
from modelwright.schemas.spans import SpanStore

HANDLE_OPS = frozenset({"VarHandleOp", "VariableV2", "Variable"})
OBJECT_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_ASSIGN_OPS = frozenset({"Assign", "AssignVariableOp"})
_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A tensor of the checkpoint: its key and, for a part of it, the slice as RestoreV2 writes it."""

    key: str
    part: str = ""


class _RestoreReader:
    """Follows assigned values back to RestoreV2 inside one graph or function body."""

    def __init__(self, nodes: Mapping[str, Message], spans: SpanStore) -> None:
        self._nodes = nodes
        self._spans = spans
        self._lists: dict[str, tuple[list[bytes], list[bytes]]] = {}

    def slot(self, ref: str) -> Slot | None:
        for _ in range(8):
            parts = ref.split(":")
            node = self._nodes.get(parts[0])
            if node is None:
                return None
            if node.op == "RestoreV2":
                index = int(parts[-1]) if len(parts) > 1 and parts[-1].isdecimal() else 0
                names, parts_of = self._restored(node)
                if index >= len(names):
                    return None
                part = parts_of[index] if index < len(parts_of) else b""
                return Slot(key=names[index].decode(errors="replace"), part=part.decode(errors="replace"))
            if node.op != "Identity" or not node.input:
                return None
            ref = node.input[0]
        return None

    def _restored(self, node: Message) -> tuple[list[bytes], list[bytes]]:
        found = self._lists.get(node.name)
        if found is None:
            refs = [*node.input, "", "", ""]
            found = self._lists[node.name] = (self._strings(refs[1]), self._strings(refs[2]))
        return found

    def _strings(self, ref: str) -> list[bytes]:
        node = self._nodes.get(ref.partition(":")[0])
        if node is None or node.op != "Const":
            return []
        found = to_numpy(node.attr["value"].tensor, self._spans).ravel().tolist()
        return [item for item in found if isinstance(item, bytes)]


def _reachable(nodes: Mapping[str, Message], root: str) -> Iterator[Message]:
    seen: set[str] = set()
    pending = [root]
    while pending:
        node = nodes.get(pending.pop())
        if node is None or node.name in seen:
            continue
        seen.add(node.name)
        yield node
        pending.extend(node_of(ref) for ref in node.input)


def restore_bindings(
    nodes: Mapping[str, Message],
    functions: Mapping[str, Message],
    restore_op: str,
    spans: SpanStore,
) -> dict[str, Slot]:
    """Which checkpoint tensor every variable is restored from, by the name of the variable's node.

    Args:
        nodes: The top graph's nodes by name.
        functions: The library's functions by name.
        restore_op: The saver's restore operation; empty reads every assignment in the graph.
        spans: Where span markers lead.
    """
    bindings: dict[str, Slot] = {}
    top = _RestoreReader(nodes, spans)
    for node in _reachable(nodes, node_of(restore_op)) if restore_op else nodes.values():
        if node.op in _ASSIGN_OPS:
            slot = top.slot(node.input[1])
            if slot is not None:
                bindings.setdefault(split_ref(node.input[0])[0], slot)
        elif node.op in _CALLS and restore_op and node.attr["f"].func.name in functions:
            function = functions[node.attr["f"].func.name]
            arguments = [split_ref(ref)[0] for ref in node.input if not ref.startswith("^")]
            for index, slot in _function_bindings(function, spans):
                bindings.setdefault(arguments[index], slot)
    return bindings


def restored_tensor(
    bundle: Bundle | None, nodes: Mapping[str, Message], node: Message, index: int, spans: SpanStore
) -> Message | None:
    """The tensor that output ``index`` of a RestoreV2 node reads; ``None`` if the checkpoint has none."""
    slot = _RestoreReader(nodes, spans).slot(f"{node.name}:{index}")
    if bundle is None or slot is None or slot.key not in bundle:
        return None
    return bundle.tensor(slot.key, slot.part)


def _function_bindings(function: Message, spans: SpanStore) -> Iterator[tuple[int, Slot]]:
    """Pairs of argument number and checkpoint tensor for the assignments in a restore function."""
    positions = {argument.name: index for index, argument in enumerate(function.signature.input_arg)}
    reader = _RestoreReader({node.name: node for node in function.node_def}, spans)
    for node in function.node_def:
        if node.op == "AssignVariableOp" and node.input[0] in positions:
            slot = reader.slot(node.input[1])
            if slot is not None:
                yield positions[node.input[0]], slot


class Variables:
    """Values of a model's variables.

    Args:
        bundle: The checkpoint; ``None`` when the model came without one.
        bindings: What ``restore_bindings`` and the object graph found, by node name.
        where: The model's path, for messages.
    """

    def __init__(self, bundle: Bundle | None, bindings: Mapping[str, Slot], where: str) -> None:
        self.bundle = bundle
        self._bindings = dict(bindings)
        self._where = where

    def bind(self, name: str, slot: Slot) -> None:
        """Says where the variable of node ``name`` is stored."""
        self._bindings[name] = slot

    def slot(self, node: Message) -> Slot | None:
        """The checkpoint tensor of a variable's node; ``None`` if there is none."""
        if self.bundle is None:
            return None
        shared = node.attr["shared_name"].s.decode(errors="replace") if "shared_name" in node.attr else ""
        for name in (node.name, shared):
            if name in self._bindings:
                return self._bindings[name]
        for name in (shared, node.name):
            for key in (name, name + OBJECT_SUFFIX):
                if name and key in self.bundle:
                    return Slot(key=key)
        return None

    def value(self, node: Message) -> Message:
        """The TensorProto of a variable.

        Raises:
            ModelFormatError: The model came without a checkpoint, or the checkpoint lacks the variable.
        """
        slot = self.slot(node)
        if self.bundle is None:
            raise ModelFormatError(
                f"{self._where}: variable {node.name!r} has no value: the graph is not frozen",
                hint="give the SavedModel directory or the checkpoint's .meta file instead",
                node=node.name,
            )
        if slot is None:
            raise ModelFormatError(
                f"{self.bundle.index_path}: holds no value for variable {node.name!r}",
                hint="the checkpoint belongs to another model, or the variable was left out when saving",
                node=node.name,
            )
        return self.bundle.tensor(slot.key, slot.part)
