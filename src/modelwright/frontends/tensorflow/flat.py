"""A graph or function body as one table of nodes with numbered references, while it is being rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.messages import Message, join_ref, node_of, split_ref

ARGUMENT_OP = "_Arg"
"""Stands for an argument of a function body that is kept as a function."""

LOOP_BACK = "NextIteration"
V1_CONTROL_FLOW = frozenset({"Switch", "Merge", "Enter", "Exit", LOOP_BACK, "LoopCond"})


@dataclass(slots=True, kw_only=True)
class FlatGraph:
    """Nodes by name, and references that were replaced.

    Attributes:
        nodes: NodeDef messages by name, in the order they were met.
        aliases: Replaced data references, e.g. those of an inlined call's outputs, and what they mean now.
    """

    nodes: dict[str, Message] = field(default_factory=dict[str, Message])
    aliases: dict[str, str] = field(default_factory=dict[str, str])

    def resolve(self, ref: str) -> str:
        """Follows aliases to the tensor that exists; control references stay as they are."""
        aliases = self.aliases
        if ref not in aliases:
            return ref
        first = ref
        for _ in range(len(aliases) + 1):
            following = aliases.get(ref)
            if following is None:
                aliases[first] = ref
                return ref
            ref = following
        raise ModelFormatError(f"the functions around {first!r} return each other's results in a circle", node=first)

    def producer(self, ref: str) -> tuple[Message | None, int]:
        """The node and output index behind a data reference; ``None`` if there is no such node."""
        name, index = split_ref(self.resolve(ref))
        return self.nodes.get(name), index

    def unique(self, name: str) -> str:
        """``name`` or, if a node has it, the first free ``name_1``, ``name_2``, ..."""
        candidate, number = name, 0
        while candidate in self.nodes:
            number += 1
            candidate = f"{name}_{number}"
        return candidate

    def add(self, node: Message) -> Message:
        """Adds a node, which must have a free name."""
        self.nodes[node.name] = node
        return node

    def inputs(self, node: Message) -> list[str]:
        """The data references of a node, resolved."""
        return [self.resolve(ref) for ref in node.input if not ref.startswith("^")]

    def set_inputs(self, node: Message, inputs: Iterable[str], *, keep_control: bool = True) -> None:
        """Replaces a node's data inputs."""
        control = [ref for ref in node.input if ref.startswith("^")] if keep_control else []
        inputs = list(inputs)
        del node.input[:]
        node.input.extend([*inputs, *control])

    def replace(self, node: Message, ref: str, *, outputs: int = 1) -> None:
        """Makes ``ref`` stand for the first ``outputs`` outputs of ``node``."""
        for index in range(outputs):
            self.aliases[join_ref(node.name, index)] = ref

    def constant_source(self, ref: str) -> Message | None:
        """The Const node behind ``ref``, through Identity nodes; ``None`` if it is no constant."""
        seen: set[str] = set()
        while True:
            node, _ = self.producer(ref)
            if node is None or node.op == "Const" or node.name in seen:
                return node if node is not None and node.op == "Const" else None
            seen.add(node.name)
            if node.op not in ("Identity", "StopGradient", "Snapshot", "RefIdentity") or not node.input:
                return None
            ref = node.input[0]

    def order(
        self,
        roots: Iterable[str],
        *,
        control: bool,
        skip: Callable[[Message], bool] | None = None,
    ) -> list[Message]:
        """The nodes that ``roots`` need, inputs before users; a loop's back edges are followed but not waited for.

        Args:
            roots: Data or control references.
            control: Whether control edges count.
            skip: Nodes whose inputs are not followed and that are left out.

        Raises:
            ModelFormatError: A reference leads to no node.
        """
        done: dict[str, Message] = {}
        open_nodes: set[str] = set()
        waiting = list(reversed(list(roots)))
        loops: list[str] = []
        while waiting or loops:
            root = waiting.pop() if waiting else loops.pop()
            stack: list[tuple[str, str, bool]] = [(self.resolve(root), "", False)]
            while stack:
                ref, user, leave = stack.pop()
                name = node_of(ref)
                if leave:
                    done[name] = self.nodes[name]
                    continue
                if name in done or name in open_nodes:
                    continue
                node = self.nodes.get(name)
                if node is None:
                    at = f"node {user!r} uses" if user else "the graph has no"
                    raise ModelFormatError(f"{at} {ref!r}{', which does not exist' if user else ''}", node=user)
                if skip is not None and skip(node):
                    continue
                open_nodes.add(name)
                stack.append((name, user, True))
                following = [self.resolve(item) for item in node.input if control or not item.startswith("^")]
                if node.op == "Merge":
                    loops += [item for item in following if self._is_back_edge(item)]
                    following = [item for item in following if item not in loops]
                stack.extend((item, name, False) for item in reversed(following))
        return list(done.values())

    def _is_back_edge(self, ref: str) -> bool:
        node = self.nodes.get(node_of(ref))
        return node is not None and node.op == LOOP_BACK
