"""Replacing function calls by the functions' bodies.

A call is a PartitionedCall, a StatefulPartitionedCall or a node whose operator is a function of the library. Nodes of
a body are named after the call (``call/node``); a nested call that bears TensorFlow's automatic name adds no level of
its own, so names stay those of the user's layers. Functions of control flow (If, While, Case) stay functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from modelwright.errors import ModelFormatError, UnsupportedError
from modelwright.frontends.tensorflow.flat import ARGUMENT_OP, FlatGraph
from modelwright.frontends.tensorflow.messages import Message, join_ref, make_node, message_class, normalize_ref
from modelwright.frontends.tensorflow.op_outputs import OpOutputs

CALL_OPS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
MAX_DEPTH: Final = 64
_AUTOMATIC: Final = re.compile(r"(Stateful)?PartitionedCall(_\d+)?")


class Inliner:
    """Flattens graphs and function bodies of one model.

    Args:
        functions: The model's functions by name.
        outputs: Output lists of its operators.
    """

    def __init__(self, functions: Mapping[str, Message], outputs: OpOutputs) -> None:
        self.functions = functions
        self._outputs = outputs

    def function_of(self, node: Message) -> str:
        """Name of the function a node calls; empty for other nodes."""
        if node.op in CALL_OPS:
            return node.attr["f"].func.name
        return node.op if node.op in self.functions else ""

    def graph(self, nodes: Iterable[Message], roots: Iterable[str]) -> FlatGraph:
        """A graph with the calls that ``roots`` need replaced by their functions' bodies.

        Args:
            nodes: All nodes of the graph; they become part of the result, not copies of them.
            roots: References, data or control, that must exist in the result.

        Raises:
            ModelFormatError: A reference or a function does not exist, or functions call themselves.
        """
        flat = FlatGraph(nodes={node.name: node for node in nodes})
        for node in flat.nodes.values():
            if any(ref.endswith(":0") for ref in node.input):
                inputs = [normalize_ref(ref) for ref in node.input]
                del node.input[:]
                node.input.extend(inputs)
        for node in flat.order(roots, control=True):
            self.expand(flat, node, self.function_of(node), node.name, ())
        return flat

    def body(self, function: Message) -> tuple[FlatGraph, list[str]]:
        """A function's body, calls inside inlined, and the references it returns.

        Arguments become nodes of operator ``_Arg`` that bear the argument's name.
        """
        flat = FlatGraph()
        arguments: list[str] = []
        for argument in function.signature.input_arg:
            flat.add(make_node(argument.name, ARGUMENT_OP, T=argument.type))
            arguments.append(argument.name)
        returned = self._copy_body(flat, function, arguments, "", None, (function.signature.name,))
        return flat, returned

    def expand(self, flat: FlatGraph, call: Message, function_name: str, name: str, callers: tuple[str, ...]) -> None:
        """Replaces ``call`` inside ``flat`` by the body of a function; does nothing if the name is empty.

        Args:
            flat: The graph that holds the call.
            call: The node; its data inputs are the function's arguments.
            function_name: The function to put in its place.
            name: Prefix for the names of the body's nodes.
            callers: Functions whose bodies are being copied, to notice recursion.
        """
        if not function_name:
            return
        function = self.functions.get(function_name)
        if function is None:
            raise ModelFormatError(f"the model has no function {function_name!r}", node=call.name)
        if function_name in callers or len(callers) > MAX_DEPTH:
            raise UnsupportedError(f"function {function_name!r} calls itself", node=call.name)
        arguments = [ref for ref in call.input if not ref.startswith("^")]
        if len(arguments) != len(function.signature.input_arg):
            expected = len(function.signature.input_arg)
            raise ModelFormatError(
                f"{call.name!r} passes {len(arguments)} arguments instead of {expected}", node=call.name
            )
        control = [ref for ref in call.input if ref.startswith("^")]
        before = flat.add(make_node(flat.unique(f"{name}/before"), "NoOp", *control)).name if control else None
        marker = make_node(call.name, "NoOp")
        flat.nodes[call.name] = marker
        generics = dict(call.attr) if function.signature.attr else None
        context = (*callers, function_name)
        returned = self._copy_body(flat, function, arguments, f"{name}/", generics, context, before, marker)
        for index, ref in enumerate(returned):
            flat.aliases[join_ref(call.name, index)] = ref

    def _copy_body(
        self,
        flat: FlatGraph,
        function: Message,
        arguments: list[str],
        prefix: str,
        generics: dict[str, Message] | None,
        callers: tuple[str, ...],
        before: str | None = None,
        marker: Message | None = None,
    ) -> list[str]:
        """Copies the nodes of ``function`` into ``flat`` and returns what it returns, as references into ``flat``."""
        body = _Body(self._outputs, function, arguments)
        copies: list[tuple[Message, Message]] = []
        for source in function.node_def:
            copy = message_class("NodeDef")()
            copy.CopyFrom(source)
            copy.name = flat.unique(prefix + source.name)
            body.nodes[source.name] = (copy.name, source)
            flat.add(copy)
            copies.append((source, copy))
        for source, copy in copies:
            inputs = [body.ref(ref) for ref in source.input]
            if before is not None:
                inputs.append(f"^{before}")
            del copy.input[:]
            copy.input.extend(inputs)
            if generics is not None:
                _substitute(copy, generics)
        if marker is not None:
            marker.input.extend(f"^{body.nodes[name][0]}" for name in function.control_ret.values())
        returned = [body.ref(function.ret[item.name]) for item in function.signature.output_arg]
        for source, copy in copies:
            automatic = prefix and _AUTOMATIC.fullmatch(source.name)
            self.expand(flat, copy, self.function_of(copy), prefix[:-1] if automatic else copy.name, callers)
        return returned


class _Body:
    """Translates references of one function body into references of the graph it is copied to."""

    def __init__(self, outputs: OpOutputs, function: Message, arguments: list[str]) -> None:
        self._outputs = outputs
        self._function = function
        self._arguments = dict(zip((item.name for item in function.signature.input_arg), arguments, strict=True))
        self.nodes: dict[str, tuple[str, Message]] = {}

    def ref(self, ref: str) -> str:
        if ref.startswith("^"):
            name = ref[1:]
            if name in self._arguments:
                return f"^{self._arguments[name].partition(':')[0]}"
            return f"^{self._node(name)[0]}"
        parts = ref.split(":")
        if parts[0] in self._arguments and parts[0] not in self.nodes:
            return self._arguments[parts[0]]
        name, source = self._node(parts[0])
        if len(parts) == 3 and parts[2].isdecimal():
            return join_ref(name, self._outputs.index(source, parts[1], int(parts[2])))
        return join_ref(name, int(parts[1]) if len(parts) == 2 and parts[1].isdigit() else 0)

    def _node(self, name: str) -> tuple[str, Message]:
        found = self.nodes.get(name)
        if found is None:
            raise ModelFormatError(f"function {self._function.signature.name!r} uses {name!r}, which it does not have")
        return found


def _substitute(node: Message, generics: dict[str, Message]) -> None:
    """Puts the call's attributes in the place of ``$T``-like placeholders."""
    for value in node.attr.values():
        if value.WhichOneof("value") == "placeholder" and value.placeholder in generics:
            value.CopyFrom(generics[value.placeholder])
