"""Takes operators apart that were defined late, in the opset that the model has."""

from __future__ import annotations

from collections.abc import Iterable

import onnx_ir as ir

from modelwright.hub.model_types import complete_types
from modelwright.hub.subgraphs import all_nodes
from modelwright.passes.opset.walk import Unsaid, Walk


def take_apart(model: ir.Model, op_types: Iterable[str], floor: int) -> list[Unsaid]:
    """Writes operators with those of an older opset, and these in the form of the model's own, in place.

    Args:
        model: The model; without functions.
        op_types: The operators.
        floor: An opset that has none of them.

    Returns:
        Nodes that cannot be taken apart; they stay as they are.
    """
    wanted = frozenset(op_types)
    if not any(node.op_type in wanted for node in all_nodes(model.graph)):
        return []
    present = model.graph.opset_imports.get("", 0)
    complete_types(model)
    down = Walk(model.graph, present, floor).run(present, only=wanted)
    up = Walk(model.graph, present, present).run(present)
    return [*down.unsaid, *up.unsaid]
