"""TensorFlow 1 control flow, raised to While, If and Case nodes with functions before a graph is converted.

Frozen graphs hold loops as frames (Enter, Merge, LoopCond, Switch, NextIteration, Exit) and branches as Switch and
Merge, in which dead tensors mark the branch not taken. Both become the nodes that TensorFlow 2 writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.errors import ConversionError
from modelwright.frontends.tensorflow.branches import SWITCHES, raise_branches
from modelwright.frontends.tensorflow.flat import V1_CONTROL_FLOW, FlatGraph
from modelwright.frontends.tensorflow.frames import raise_loops
from modelwright.frontends.tensorflow.function_making import FunctionMaker
from modelwright.frontends.tensorflow.messages import Message, message_class, node_of, normalize_ref


def raise_control_flow(graph: Message, results: Sequence[str]) -> Message:
    """The graph with While, If and Case instead of frames, Switch and Merge.

    Args:
        graph: A frozen GraphDef; it is not changed.
        results: References that stay valid.

    Returns:
        ``graph`` itself when there is nothing to raise.

    Raises:
        ConversionError: A loop or a branch does not have the form that TensorFlow gives them.
    """
    if not any(node.op in V1_CONTROL_FLOW or node.op in SWITCHES for node in graph.node):
        return graph
    flat = FlatGraph()
    for node in graph.node:
        _copy(flat, node)
    roots = [normalize_ref(ref) for ref in results]
    maker = FunctionMaker({function.signature.name for function in graph.library.function})
    raise_loops(flat, roots, maker)
    raise_branches(flat, roots, maker)
    inputs = [node.name for node in graph.node if node.op == "Placeholder"]
    raised = message_class("GraphDef")()
    for node in _ordered(flat, [*inputs, *roots]):
        target = raised.node.add()
        target.CopyFrom(node)
        flat.set_inputs(target, flat.inputs(node), keep_control=False)
    raised.versions.CopyFrom(graph.versions)
    for function in (*graph.library.function, *maker.functions):
        raised.library.function.add().CopyFrom(function)
    return raised


def _copy(flat: FlatGraph, node: Message) -> None:
    copy = message_class("NodeDef")()
    copy.CopyFrom(node)
    flat.add(copy)


def _ordered(flat: FlatGraph, roots: Sequence[str]) -> list[Message]:
    nodes = flat.order(roots, control=False)
    done: set[str] = set()
    for node in nodes:
        late = [ref for ref in flat.inputs(node) if node_of(ref) not in done]
        if late:
            raise ConversionError(f"{node.op} {node.name!r} and {late[0]!r} need each other", node=node.name)
        done.add(node.name)
    return nodes
