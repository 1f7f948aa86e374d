"""Merges small integer tensors that always hold the same numbers, however they are computed.

``Shape -> Gather -> Unsqueeze`` of two tensors that share a named dimension gives the same vector; so do a Concat of
sizes and a Where that puts 1 for each -1 among them. The name of a dimension stands for one size in a whole model.
"""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.dtypes import INTEGERS
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.driver import remove_dead

_Key = tuple[object, ...]


def share_contents(context: RewriteContext) -> int:
    """Lets the first of several values in the main graph that hold the same stand for all.

    Returns:
        The number of values replaced.
    """
    first: dict[_Key, ir.Value] = {}
    count = 0
    for node in list(context.root):
        if node.domain or len(node.outputs) != 1 or node.graph is None:
            continue
        value = node.outputs[0]
        key = _key(context, value)
        if key is None or value.is_graph_output():
            continue
        kept = first.setdefault(key, value)
        if kept is not value:
            context.replace(value, kept)
            remove_dead(node)
            count += 1
    return count


def _key(context: RewriteContext, value: ir.Value) -> _Key | None:
    """What identifies the contents, or None if an entry is unknown or all are numbers, which folding takes."""
    dtype = context.shapes.dtype(value)
    if dtype not in INTEGERS:
        return None
    contents = context.shapes.contents(value)
    if contents is None:
        return None
    entries = contents.reshape(-1).tolist()
    if None in entries or all(isinstance(entry, int) for entry in entries):
        return None
    return (dtype, contents.shape, *entries)
