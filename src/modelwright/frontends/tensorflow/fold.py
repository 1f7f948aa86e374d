"""Deciding what a graph decides from constants: default values, and branches whose predicate is known.

Training switches of TensorFlow 1 (``is_training``, ``keras_learning_phase``) are PlaceholderWithDefault nodes or
constants that feed Switch and Merge; with them decided, the branch not taken disappears.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from modelwright.errors import ConversionError, unknown_name
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.inline import Inliner
from modelwright.frontends.tensorflow.messages import (
    DT_INT32,
    Message,
    join_ref,
    make_node,
    message_class,
    node_of,
    split_ref,
)
from modelwright.schemas.spans import SpanStore

_CONDITIONALS = {"If": ("then_branch", "else_branch"), "StatelessIf": ("then_branch", "else_branch")}
_SWITCHES = frozenset({"Switch", "RefSwitch"})
_MERGES = frozenset({"Merge", "RefMerge"})


def apply_defaults(
    flat: FlatGraph,
    roots: Sequence[str],
    *,
    keep: Collection[str],
    use_default: Collection[str],
    ignore_default: Collection[str],
) -> tuple[list[str], list[str]]:
    """Decides for every PlaceholderWithDefault whether it is an input or its default value.

    Args:
        flat: The graph, changed in place.
        roots: What is needed of it.
        keep: Names of nodes that are inputs of the signature or asked for as inputs.
        use_default: Names of nodes that become their default value.
        ignore_default: Names of nodes that become inputs.

    Returns:
        Names of the nodes that became inputs because of ``ignore_default``, and of those that became their default
        though nobody said so.

    Raises:
        UnknownNameError: A name given is no PlaceholderWithDefault.
    """
    optional = [node for node in flat.nodes.values() if node.op == "PlaceholderWithDefault"]
    for option, names in (("use_default", use_default), ("ignore_default", ignore_default)):
        for name in names:
            if all(node.name != name.removesuffix(":0") for node in optional):
                raise unknown_name(f"PlaceholderWithDefault (--{option})", name, [node.name for node in optional])
    needed = {node.name for node in flat.order(roots, control=True)} if optional else set[str]()
    used = {name.removesuffix(":0") for name in use_default}
    ignored = {name.removesuffix(":0") for name in ignore_default}
    inputs: list[str] = []
    silent: list[str] = []
    for node in optional:
        if node.name in ignored or (node.name in keep and node.name not in used):
            flat.nodes[node.name] = placeholder = make_node(node.name, "Placeholder", dtype=node.attr["dtype"].type)
            placeholder.attr["shape"].CopyFrom(node.attr["shape"])
            if node.name in needed and node.name not in keep:
                inputs.append(node.name)
        else:
            flat.replace(node, node.input[0])
            if node.name in needed and node.name not in used:
                silent.append(node.name)
    return inputs, silent


def constant_predicate(flat: FlatGraph, ref: str, spans: SpanStore, depth: int = 0) -> bool | None:
    """The value of a scalar predicate that follows from constants; ``None`` if it does not."""
    constant = flat.constant_source(ref)
    if constant is not None:
        values = to_numpy(constant.attr["value"].tensor, spans)
        return bool(values.reshape(-1)[0]) if values.size == 1 and values.dtype.kind in "biuf" else None
    node, _ = flat.producer(ref)
    if node is None or depth > 32 or node.op not in ("LogicalNot", "LogicalAnd", "LogicalOr", "Identity"):
        return None
    inputs = [constant_predicate(flat, item, spans, depth + 1) for item in flat.inputs(node)]
    if node.op == "LogicalAnd" and False in inputs:
        return False
    if node.op == "LogicalOr" and True in inputs:
        return True
    if None in inputs:
        return None
    first = bool(inputs[0])
    return not first if node.op == "LogicalNot" else first if node.op == "Identity" else node.op == "LogicalAnd"


def fold_conditionals(flat: FlatGraph, roots: Sequence[str], inliner: Inliner, spans: SpanStore) -> list[str]:
    """Replaces If nodes whose condition is constant by the branch taken; returns their names."""
    folded: list[str] = []
    again = True
    while again:
        again = False
        for node in flat.order(roots, control=True):
            if node.op not in _CONDITIONALS or not node.input:
                continue
            taken = constant_predicate(flat, node.input[0], spans)
            if taken is None:
                continue
            branch = node.attr[_CONDITIONALS[node.op][0 if taken else 1]].func.name
            del node.input[0]
            inliner.expand(flat, node, branch, node.name, ())
            folded.append(node.name)
            again = True
    return folded


def fold_switches(flat: FlatGraph, roots: Sequence[str], spans: SpanStore) -> list[str]:
    """Removes Switch and Merge nodes whose predicate is constant, and with them the branch not taken.

    Returns:
        Names of the Switch nodes decided.

    Raises:
        ConversionError: One of ``roots`` lies on a branch that is never taken.
    """
    if not any(node.op in _SWITCHES for node in flat.nodes.values()):
        return []
    decided: list[str] = []
    dead: set[str] = set()
    for node in flat.order(roots, control=True):
        inputs = flat.inputs(node)
        if node.op in _MERGES:
            _fold_merge(flat, node, inputs, dead)
        elif any(_is_dead(ref, dead) for ref in (*inputs, *(ref for ref in node.input if ref.startswith("^")))):
            dead.add(node.name)
        elif node.op in _SWITCHES and len(inputs) > 1:
            taken = constant_predicate(flat, inputs[1], spans)
            if taken is not None:
                flat.aliases[join_ref(node.name, int(taken))] = inputs[0]
                dead.add(f"{node.name}:{int(not taken)}")
                decided.append(node.name)
    for root in roots:
        if _is_dead(flat.resolve(root), dead):
            message = f"output {root!r} is on a branch that is never taken"
            raise ConversionError(message, hint="choose another output, or --ignore_default for the switch", node=root)
    return decided


def _is_dead(ref: str, dead: set[str]) -> bool:
    name, index = split_ref(ref)
    return node_of(ref) in dead or f"{name}:{index}" in dead


def _fold_merge(flat: FlatGraph, node: Message, inputs: list[str], dead: set[str]) -> None:
    alive = [index for index, ref in enumerate(inputs) if not _is_dead(ref, dead)]
    if not alive:
        dead.add(node.name)
    elif len(alive) == 1 and len(inputs) > 1:
        flat.replace(node, inputs[alive[0]])
        index = flat.add(make_node(flat.unique(f"{node.name}/value_index"), "Const", dtype=DT_INT32))
        index.attr["value"].tensor.MergeFrom(message_class("TensorProto")(dtype=DT_INT32, int_val=alive))
        index.attr["value"].tensor.tensor_shape.SetInParent()
        flat.aliases[join_ref(node.name, 1)] = index.name
