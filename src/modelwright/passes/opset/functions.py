"""Functions of the model's own: they stay if every node in them means the same, else they are inlined.

A function's body is written once for callers of any type, and its attributes may stand for the caller's. A step that
needs types or numbers can only be taken where the function is used.
"""

from __future__ import annotations

import onnx_ir as ir
from onnx_ir.passes.common import InlinePass

from modelwright.hub.opset_schemas import operator_versions, schema_change, since_version
from modelwright.hub.subgraphs import all_nodes


def inline_what_changes(model: ir.Model, present: int, target: int) -> tuple[str, ...]:
    """Inlines the functions in which a node changes between the two opsets, and those that call them.

    Returns:
        Names of the functions that were inlined.
    """
    changing = {name for name, function in model.functions.items() if _changes(function, present, target)}
    while True:
        callers = {
            name
            for name, function in model.functions.items()
            if name not in changing and any(node.op_identifier() in changing for node in _nodes(function))
        }
        if not callers:
            break
        changing |= callers
    if not changing:
        return ()
    for name in changing:
        written = model.functions[name].opset_imports.get("", present)
        for node in _nodes(model.functions[name]):
            node.version = written if not node.domain else None
    InlinePass(criteria=lambda function: function.identifier() in changing)(model)
    for name in changing:
        model.functions.pop(name, None)
    return tuple(sorted(name[1] for name in changing))


def _nodes(function: ir.Function) -> list[ir.Node]:
    return list(all_nodes(function.graph))


def _changes(function: ir.Function, present: int, target: int) -> bool:
    written = function.opset_imports.get("", present)
    return any(not node.domain and not _stays(node.op_type, written, target) for node in _nodes(function))


def _stays(op_type: str, present: int, target: int) -> bool:
    """Whether every version between the two opsets is proven to be the same, on the way down with the same types."""
    low, high = min(present, target), max(present, target)
    if since_version(op_type, low) is None:
        return False
    versions = [version for version in operator_versions(op_type) if low < version <= high]
    if target < present:
        return not versions
    pairs = zip([since_version(op_type, low) or 0, *versions], versions, strict=False)
    changes = [schema_change(op_type, older, newer) for older, newer in pairs]
    return all(change.proven and not change.fewer_types for change in changes)
