"""What the layout pass must know of an operator that computes the same in any order of its dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.passes.layout.permutations import Layout
from modelwright.rewrites.context import RewriteContext

Follow = Callable[[OpsetBuilder, Layout], None]
"""Adapts a node in place (attributes, constants) to data that arrives transposed by the given perm."""


def _always(_perm: Layout) -> bool:
    return True


def _free(_perm: Layout) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable:
    """An operator that can work in other orders.

    Attributes:
        node: The node.
        inputs: Places of the inputs that arrive in the operator's order.
        outputs: Outputs that leave in the operator's order.
        rank: Number of dimensions of those.
        follow: Adapts the node to an order.
        allows: Whether it can work transposed by a perm.
        moved_inside: Number of elements that have to be moved inside for a perm (a lower-rank operand); 0 for none.
    """

    node: ir.Node
    inputs: tuple[int, ...]
    outputs: tuple[ir.Value, ...]
    rank: int
    follow: Follow
    allows: Callable[[Layout], bool] = _always
    moved_inside: Callable[[Layout], int] = _free


Describe = Callable[[RewriteContext, ir.Node], "Movable | None"]

_DESCRIPTIONS: dict[str, Describe] = {}


def movable(*op_types: str) -> Callable[[Describe], Describe]:
    """Registers the decorated function as the description of operators of the default domain."""

    def register(describe: Describe) -> Describe:
        _DESCRIPTIONS.update(dict.fromkeys(op_types, describe))
        return describe

    return register


def describe(context: RewriteContext, node: ir.Node) -> Movable | None:
    """How a node can be moved, or None when its order is fixed."""
    if node.domain:
        return None
    description = _DESCRIPTIONS.get(node.op_type)
    return description(context, node) if description is not None else None
