"""Common logical axes for tensors that Transposes and order-blind operators connect."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.passes.layout.permutations import Layout, identity, permuted


class Frames:
    """Groups of values with common logical axes; each value's original layout in its group's axes."""

    def __init__(self) -> None:
        self._group: dict[ir.Value, int] = {}
        self._layout: dict[ir.Value, Layout] = {}
        self._members: dict[int, list[ir.Value]] = {}

    def layout(self, value: ir.Value) -> Layout:
        """The original layout of a value that was related."""
        return self._layout[value]

    def group(self, value: ir.Value) -> int | None:
        """The number of the value's group, or None if it was never related."""
        return self._group.get(value)

    def add(self, value: ir.Value, rank: int) -> None:
        """Puts a value into a group of its own, unless it has one."""
        if value not in self._group:
            number = len(self._group)
            self._group[value], self._layout[value] = number, identity(rank)
            self._members[number] = [value]

    def agree(self, first: ir.Value, second: ir.Value, perm: Layout) -> bool:
        """Whether ``second`` can be ``first`` transposed by ``perm`` with what is known so far."""
        if self._group.get(first, -1) != self._group.get(second, -2):
            return True
        return self._layout[second] == permuted(self._layout[first], perm)

    def relate(self, first: ir.Value, second: ir.Value, perm: Layout) -> None:
        """Says that ``second`` holds the axes of ``first`` transposed by ``perm``; the smaller group is renamed."""
        self.add(first, len(perm))
        self.add(second, len(perm))
        kept, moved = self._group[first], self._group[second]
        if kept == moved:
            return
        target, current = permuted(self._layout[first], perm), self._layout[second]
        if len(self._members[kept]) < len(self._members[moved]):
            kept, moved = moved, kept
            target, current = current, target
        rename = dict(zip(current, target, strict=True))
        for value in self._members.pop(moved):
            self._group[value] = kept
            self._layout[value] = tuple(rename[axis] for axis in self._layout[value])
            self._members[kept].append(value)
