"""Minimum cut of a directed graph with integer capacities (Dinitz 1970: blocking flows in level graphs)."""

from __future__ import annotations

from collections import deque

INFINITE = 1 << 62
"""Capacity of an edge that must not be cut."""


class CutGraph:
    """A flow network; node 0 is the source, node 1 the sink.

    A cut puts each node on the source's or the sink's side and costs the capacities of the edges that lead from the
    source's side to the sink's.
    """

    SOURCE = 0
    SINK = 1

    def __init__(self) -> None:
        self._edges: list[list[int]] = [[], []]
        self._target: list[int] = []
        self._capacity: list[int] = []

    def node(self) -> int:
        """Adds a node and returns its number."""
        self._edges.append([])
        return len(self._edges) - 1

    def edge(self, start: int, end: int, capacity: int) -> None:
        """Adds an edge; loops and edges into the source or out of the sink have no effect."""
        if start == end or capacity <= 0 or start == self.SINK or end == self.SOURCE:
            return
        for source, target, amount in ((start, end, capacity), (end, start, 0)):
            self._edges[source].append(len(self._target))
            self._target.append(target)
            self._capacity.append(amount)

    def sink_side(self) -> set[int]:
        """The smallest sink's side of all minimum cuts: the nodes that must be there."""
        while (level := self._levels()) is not None:
            self._block(level)
        side = {self.SINK}
        queue = deque(side)
        while queue:
            node = queue.popleft()
            for edge in self._edges[node]:
                source = self._target[edge]
                if self._capacity[edge ^ 1] > 0 and source not in side:
                    side.add(source)
                    queue.append(source)
        return side

    def _levels(self) -> list[int] | None:
        level = [-1] * len(self._edges)
        level[self.SOURCE] = 0
        queue = deque([self.SOURCE])
        while queue:
            node = queue.popleft()
            for edge in self._edges[node]:
                target = self._target[edge]
                if self._capacity[edge] > 0 and level[target] < 0:
                    level[target] = level[node] + 1
                    queue.append(target)
        return level if level[self.SINK] >= 0 else None

    def _block(self, level: list[int]) -> None:
        """Saturates every shortest path, depth first with a pointer to each node's next edge."""
        next_edge = [0] * len(self._edges)
        path: list[int] = []
        node = self.SOURCE
        while True:
            if node == self.SINK:
                node = self._augment(path)
                continue
            edge = self._advance(node, level, next_edge)
            if edge is not None:
                path.append(edge)
                node = self._target[edge]
            elif path:
                level[node] = -1
                node = self._target[path.pop() ^ 1]
            else:
                return

    def _advance(self, node: int, level: list[int], next_edge: list[int]) -> int | None:
        edges = self._edges[node]
        while next_edge[node] < len(edges):
            edge = edges[next_edge[node]]
            if self._capacity[edge] > 0 and level[self._target[edge]] == level[node] + 1:
                return edge
            next_edge[node] += 1
        return None

    def _augment(self, path: list[int]) -> int:
        """Sends what the path can carry, cuts the path before its first full edge and returns where it ends now."""
        amount = min(self._capacity[edge] for edge in path)
        for edge in path:
            self._capacity[edge] -= amount
            self._capacity[edge ^ 1] += amount
        first_full = next(place for place, edge in enumerate(path) if self._capacity[edge] == 0)
        start = self._target[path[first_full] ^ 1]
        del path[first_full:]
        return start
