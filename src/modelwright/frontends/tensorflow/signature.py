"""Inputs and outputs: what a SavedModel's signatures say, and what a bare graph lets one guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelwright.errors import ModelFormatError, UnknownNameError, UnsupportedError, unknown_name
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.messages import DT_BOOL, Message, node_of, normalize_ref, shape_of
from modelwright.frontends.tensorflow.state import is_write

DEFAULT_SIGNATURE: Final = "serving_default"
_INTERNAL: Final = "__saved_model"
_NOT_COMPUTE: Final = re.compile(
    r"Assert|NoOp|Print(V2)?|Save(V2|Slices)?|ShardedFilename|MergeV2Checkpoints|Restore(V2|Slice)?|\w*Summary(V2)?"
    r"|Const|\w*Placeholder\w*|VarHandleOp|Variable(V2)?|\w*HashTable\w*|LookupTable(Import|Export)\w*|InitializeTable\w*"
    r"|Is\w*Initialized\w*|WriteFile|ControlTrigger|Enqueue\w*|Queue\w*|\w*Iterator\w*|\w*Dataset\w*|ReadVariableOp"
)
_CHECKS: Final = frozenset({"Assert", "Print", "PrintV2"})
_TRAINING_SCOPE: Final = re.compile(r"(^|/)(gradients?|save|init|Adam|RMSProp|Momentum|GradientDescent)(_\d+)?(/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTensor:
    """An input or output of a model.

    Attributes:
        name: What the user calls it: the signature's key or the tensor's name.
        tensor: The tensor in the frozen graph, ``"node:0"``.
        dtype: TensorFlow's DataType number; 0 if the graph does not say.
        shape: ``None`` for an unknown rank, or ``None`` for each open dimension.
    """

    name: str
    tensor: str
    dtype: int
    shape: tuple[int | None, ...] | None


def choose_signature(signatures: Mapping[str, Message], name: str | None, where: str) -> str | None:
    """The signature to convert: the one asked for, ``serving_default``, or the only one.

    Returns:
        Its key; ``None`` if the model has none.

    Raises:
        UnknownNameError: The name is none of the signatures, or several exist and none was asked for.
    """
    public = sorted(key for key in signatures if not key.startswith(_INTERNAL))
    if name is not None:
        if name not in signatures:
            raise unknown_name("signature", name, public, where=where)
        return name
    if DEFAULT_SIGNATURE in public:
        return DEFAULT_SIGNATURE
    if len(public) > 1:
        hint = f"choose one with --signature_def: {', '.join(public)}"
        raise UnknownNameError(f"{where}: has several signatures and none is named {DEFAULT_SIGNATURE!r}", hint=hint)
    return public[0] if public else None


def signature_tensors(infos: Mapping[str, Message], where: str) -> tuple[GraphTensor, ...]:
    """The tensors of one side of a signature, sorted by key.

    Raises:
        UnsupportedError: One is sparse, ragged or another composite tensor.
    """
    found: list[GraphTensor] = []
    for key in sorted(infos):
        info = infos[key]
        if info.WhichOneof("encoding") not in ("name", None):
            hint = "export the model with dense inputs and outputs"
            raise UnsupportedError(f"{where}: {key!r} is not a dense tensor", hint=hint, node=key)
        found.append(GraphTensor(name=key, tensor=info.name, dtype=info.dtype, shape=shape_of(info.tensor_shape)))
    return tuple(found)


def declared_shape(node: Message | None, index: int) -> tuple[int | None, ...] | None:
    """The static shape that a node's own attributes declare for an output; ``None`` if they do not."""
    if node is None:
        return None
    if "_output_shapes" in node.attr and index < len(node.attr["_output_shapes"].list.shape):
        return shape_of(node.attr["_output_shapes"].list.shape[index])
    if node.op in ("Placeholder", "PlaceholderWithDefault") and "shape" in node.attr:
        return shape_of(node.attr["shape"].shape)
    return None


def guess_outputs(nodes: Iterable[Message], where: str) -> list[str]:
    """The results of a bare graph: computing nodes that nothing else uses and that depend on a placeholder.

    Assertions, summaries, savers, initializers and what only training uses do not count, neither as results nor as
    users of one.

    Raises:
        ModelFormatError: No node can be a result.
    """
    table = {node.name: node for node in nodes}
    fed = _fed(table)
    candidates = [
        name
        for name, node in table.items()
        if name in fed and not _NOT_COMPUTE.fullmatch(node.op) and not is_write(node) and not _is_pivot(node, table)
        if not _TRAINING_SCOPE.search(name)
    ]
    used = {name for node in table.values() for name in _uses(node)}
    found = [name for name in candidates if name not in used]
    if not found:
        hint = "name the results with --outputs"
        raise ModelFormatError(f"{where}: no node of the graph looks like a result", hint=hint)
    return found


def _uses(node: Message) -> list[str]:
    """Producers that are no results because of this node: all it computes from, and what it checks or stores."""
    computes = not (_NOT_COMPUTE.fullmatch(node.op) or _TRAINING_SCOPE.search(node.name))
    if computes or node.op in _CHECKS or node.op == "Const" or is_write(node):
        return [node_of(ref) for ref in node.input if node.op != "Identity" or not ref.startswith("^")]
    return []


def _is_pivot(node: Message, table: Mapping[str, Message]) -> bool:
    """Whether a node only says which branch runs: an Identity of a Switch, or a Merge of booleans."""
    if node.op == "Merge":
        return node.attr["T"].type == DT_BOOL
    source = table.get(node_of(node.input[0])) if node.op == "Identity" and node.input else None
    return source is not None and source.op in ("Switch", "RefSwitch", "_SwitchN")


def _fed(table: Mapping[str, Message]) -> set[str]:
    """Names of nodes that depend on a placeholder through data edges."""
    users: dict[str, list[str]] = {}
    for node in table.values():
        for ref in node.input:
            if not ref.startswith("^"):
                users.setdefault(node_of(ref), []).append(node.name)
    pending = [name for name, node in table.items() if "Placeholder" in node.op]
    fed: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in fed:
            fed.add(name)
            pending.extend(users.get(name, ()))
    return fed


def find_tensor(
    name: str, known: Sequence[GraphTensor], flat_or_nodes: FlatGraph | Mapping[str, Message], where: str, kind: str
) -> GraphTensor | str:
    """What a name given by the user means.

    Args:
        name: A signature's key, ``"node"`` or ``"node:1"``.
        known: The signature's tensors.
        flat_or_nodes: The graph, or its nodes by name.
        where: The model's path, for messages.
        kind: ``"input"`` or ``"output"``.

    Returns:
        One of ``known``, or a normalized reference.

    Raises:
        UnknownNameError: There is no such tensor; the hint has the nearest names.
    """
    ref = normalize_ref(name)
    for tensor in known:
        if name == tensor.name or ref == normalize_ref(tensor.tensor):
            return tensor
    nodes = flat_or_nodes.nodes if isinstance(flat_or_nodes, FlatGraph) else flat_or_nodes
    aliases = flat_or_nodes.aliases if isinstance(flat_or_nodes, FlatGraph) else {}
    if ref in aliases or node_of(ref) in nodes:
        return ref
    error = unknown_name(kind, name, [*(tensor.name for tensor in known), *nodes], where=where)
    if known:
        error.hint = f"the model's {kind}s are {', '.join(tensor.name for tensor in known[:8])}. {error.hint}"
    raise error
