"""What a trace of the batch finds: constants that fix it, and places where it cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.passes.bodies import named


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedEntries:
    """Entries of an integer input that are the batch, or a multiple of it.

    Attributes:
        node: The node.
        index: Which of its inputs.
        contents: All entries at the old batch.
        multiples: Position to how many times the batch the entry is.
        copied: Positions where the node's first input has the batch at the same axis, so that Reshape's 0 copies it.
    """

    node: ir.Node
    index: int
    contents: tuple[int, ...]
    multiples: Mapping[int, int]
    copied: frozenset[int] = frozenset()

    def __str__(self) -> str:
        """``Reshape 'r': [1, 192] becomes [batch, 192]``."""
        wanted = [
            str(entry) if place not in self.multiples else _multiple(self.multiples[place])
            for place, entry in enumerate(self.contents)
        ]
        return f"{named(self.node)}: {list(self.contents)} becomes [{', '.join(wanted)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRows:
    """An input that holds one row where each sample of the batch needs its own.

    Attributes:
        node: The node.
        index: Which of its inputs.
        value: Its name.
        axis: The dimension of size 1 that must be the batch.
        rank: The input's number of dimensions.
        multiple: How many times the batch.
    """

    node: ir.Node
    index: int
    value: str
    axis: int
    rank: int
    multiple: int

    def __str__(self) -> str:
        """``Concat 'c': input 'cls' is repeated along dimension 0``."""
        return f"{named(self.node)}: input {self.value!r} is repeated along dimension {self.axis}"


Fixed = FixedEntries | FixedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of the batch through a model.

    Attributes:
        fixed: What provably is the batch and must be rewritten, in the order of the nodes.
        obstacles: Sentences on what keeps the batch from changing and cannot be rewritten.
        outputs: Output to its batch dimension and how many entries of it each sample has; outputs that do not have one
            are left out.
    """

    fixed: tuple[Fixed, ...]
    obstacles: tuple[str, ...]
    outputs: Mapping[str, tuple[int, int]]


def _multiple(times: int) -> str:
    return "batch" if times == 1 else f"{times}*batch"
