"""Unique, readable and deterministic names inside one model."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.subgraphs import all_graphs


class NameScope:
    """Hands out names that nothing else in the model bears."""

    def __init__(self, taken: set[str] | None = None) -> None:
        self._taken = set(taken or ())
        self._next: dict[str, int] = {}

    @classmethod
    def of_graph(cls, graph: ir.Graph) -> NameScope:
        """A scope that knows every value and node name of ``graph`` and its subgraphs."""
        taken: set[str] = set()
        for inner in all_graphs(graph):
            taken.update(value.name for value in (*inner.inputs, *inner.initializers.values()) if value.name)
            for node in inner:
                taken.update(value.name for value in node.outputs if value.name)
                if node.name:
                    taken.add(node.name)
        return cls(taken)

    def reserve(self, name: str) -> None:
        """Marks a name as taken."""
        self._taken.add(name)

    def release(self, name: str) -> None:
        """Frees a name, for a value that is about to be renamed or removed."""
        self._taken.discard(name)

    def unique(self, wish: str) -> str:
        """``wish`` itself if it is free, else ``wish_1``, ``wish_2``, ...; the result is taken from then on."""
        name = wish
        while name in self._taken:
            count = self._next.get(wish, 0) + 1
            self._next[wish] = count
            name = f"{wish}_{count}"
        self._taken.add(name)
        return name
