"""Makes functions out of parts of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelwright.frontends.tensorflow.flat import ARGUMENT_OP, FlatGraph
from modelwright.frontends.tensorflow.messages import Message, make_node, message_class, node_of


class FunctionMaker:
    """Collects new functions under names that the library does not have.

    Attributes:
        functions: FunctionDefs with numbered references, in the order they were made.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self.functions: list[Message] = []

    def add(self, wish: str, arguments: Sequence[str], flat: FlatGraph, returned: Sequence[str]) -> str:
        """Adds a function and returns its name.

        Args:
            wish: What it should be called.
            arguments: Names of the arguments, which are ``_Arg`` nodes of ``flat``.
            flat: The body.
            returned: References of the results.
        """
        name, number = wish, 0
        while name in self._taken:
            number += 1
            name = f"{wish}_{number}"
        self._taken.add(name)
        function = message_class("FunctionDef")()
        function.signature.name = name
        for argument in arguments:
            function.signature.input_arg.add(name=argument)
        for index, ref in enumerate(returned):
            function.signature.output_arg.add(name=f"result_{index}")
            function.ret[f"result_{index}"] = flat.resolve(ref)
        for node in flat.order(returned, control=False):
            if node.op != ARGUMENT_OP:
                target = function.node_def.add()
                target.CopyFrom(node)
                flat.set_inputs(target, flat.inputs(node), keep_control=False)
        self.functions.append(function)
        return name


class Region:
    """A part of a graph that becomes a function's body, found by walking back from its results.

    Attributes:
        flat: The body so far; its nodes are copies.
    """

    def __init__(self, source: FlatGraph, arguments: Mapping[str, str]) -> None:
        """Makes an empty region.

        Args:
            source: The graph.
            arguments: References that are arguments, with the arguments' names.
        """
        self._source = source
        self._arguments = dict(arguments)
        self.flat = FlatGraph()
        for name in self._arguments.values():
            if name not in self.flat.nodes:
                self.flat.add(make_node(name, ARGUMENT_OP))

    def reference(self, ref: str) -> str:
        """What a reference of the graph is in the region."""
        ref = self._source.resolve(ref)
        return self._arguments.get(ref, ref)

    def walk(self, roots: Sequence[str], edges: frozenset[str]) -> None:
        """Copies what ``roots`` need.

        Args:
            roots: Data references of the graph.
            edges: Names of nodes that the walk does not enter; control edges to them are dropped.
        """
        waiting = [self.reference(root) for root in roots]
        while waiting:
            name = node_of(waiting.pop())
            if name in self.flat.nodes:
                continue
            copy = message_class("NodeDef")()
            copy.CopyFrom(self._source.nodes[name])
            data = [self.reference(ref) for ref in copy.input if not ref.startswith("^")]
            control = [
                ref
                for ref in copy.input
                if ref.startswith("^") and node_of(ref) not in edges and node_of(ref) in self._source.nodes
            ]
            del copy.input[:]
            copy.input.extend([*data, *control])
            self.flat.add(copy)
            waiting.extend([*control, *data])
