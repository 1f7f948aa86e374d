"""Names for dimensions that inference does not know, so that equal ones can be told from different ones.

``Reshape(x, concat(Shape(x)[0], 64))`` copies a dimension of ``x`` even if nobody knows its size. With a name for it
the rewrites see that. The names are taken away again at the end.
"""

from __future__ import annotations

from collections.abc import Iterable

import onnx_ir as ir

from modelwright.hub.shape_rules.prefixes import is_prefix
from modelwright.hub.shapes import dims_of
from modelwright.hub.subgraphs import all_nodes
from modelwright.rewrites.context import RewriteContext

_PREFIX = "unknown_"


def name_unknown_dimensions(context: RewriteContext) -> frozenset[str]:
    """Gives each unknown dimension of a node's output a name of its own; outputs of the graph keep their shapes.

    Returns:
        The names given.
    """
    taken = _names_in(value for node in all_nodes(context.root) for value in node.outputs)
    taken |= _names_in(context.root.inputs)
    given: dict[str, None] = {}
    for node in all_nodes(context.root):
        for value in node.outputs:
            dims = context.shape(value)
            if dims is None or None not in dims or value.is_graph_output():
                continue
            value.shape = ir.Shape([dim if dim is not None else _fresh(given, taken) for dim in dims])
    return frozenset(given)


def _fresh(given: dict[str, None], taken: set[str]) -> str:
    number = len(given) + 1
    while (name := f"{_PREFIX}{number}") in taken or name in given:
        number += 1
    given[name] = None
    return name


def _names_in(values: Iterable[ir.Value]) -> set[str]:
    return {dim for value in values for dim in dims_of(value.shape) or () if isinstance(dim, str)}


def forget_names(graph: ir.Graph, names: frozenset[str]) -> None:
    """Makes dimensions with these names unknown again, and those that inference named as a beginning of another."""
    for node in all_nodes(graph):
        for value in node.outputs:
            dims = dims_of(value.shape)
            if dims is not None and any(dim in names or is_prefix(dim) for dim in dims):
                value.shape = ir.Shape([None if dim in names or is_prefix(dim) else dim for dim in dims])
