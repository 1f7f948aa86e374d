"""Model-local functions: which of them the model needs."""

from __future__ import annotations

from collections.abc import Iterable

import onnx_ir as ir
from onnx_ir.passes.common import InlinePass

from modelwright.hub.subgraphs import all_nodes


def drop_unused_functions(model: ir.Model) -> tuple[str, ...]:
    """Removes functions that no node calls, directly or through others, in place.

    Returns:
        ``domain:name`` of those removed.
    """
    needed: set[ir.OperatorIdentifier] = set()
    pending = _called(model, all_nodes(model.graph))
    while pending:
        key = pending.pop()
        if key not in needed:
            needed.add(key)
            pending.extend(_called(model, all_nodes(model.functions[key])))
    unused = [key for key in model.functions if key not in needed]
    for key in unused:
        del model.functions[key]
    return tuple(f"{domain}:{name}" for domain, name, _ in unused)


def _called(model: ir.Model, nodes: Iterable[ir.Node]) -> list[ir.OperatorIdentifier]:
    return [key for node in nodes if (key := node.op_identifier()) in model.functions]


def inline_functions(model: ir.Model) -> tuple[str, ...]:
    """Replaces every call of a model-local function by the function's nodes, in place.

    Returns:
        ``domain:name`` of the functions that were called; the model has none any more.
    """
    drop_unused_functions(model)
    names = tuple(f"{domain}:{name}" for domain, name, _ in model.functions)
    InlinePass()(model)
    return names
