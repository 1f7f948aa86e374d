"""Operators that the standard defines by simpler ones: their function bodies as nodes of the hub."""

from __future__ import annotations

from typing import Any

import onnx
import onnx.defs
import onnx_ir as ir

from modelwright.hub.foreign_inference import type_proto
from modelwright.hub.model_types import complete_types
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ir_version_for, schema_for
from modelwright.hub.subgraphs import all_nodes, subgraphs_of


def expand_by_standard(
    node: ir.Node, opset: int, names: NameScope
) -> tuple[list[ir.Node], list[ir.Value | None], int] | None:
    """The nodes that onnx itself defines an operator by, connected to the inputs of ``node``.

    Args:
        node: A node of the default domain; types of its inputs matter where the body depends on them.
        opset: The opset it is written in.
        names: Gives the new nodes and values their names.

    Returns:
        The new nodes in order (in no graph), the values that take the place of the node's
        outputs (None for one that the body does not make), and the opset that
        they are written in; None when the standard has no body for this node.
    """
    schema = schema_for(node.op_type, opset)
    if schema is None:
        return None
    found = _function(schema, node, opset)
    if found is None:
        return None
    proto, version = found
    made = {name for item in proto.node for name in item.output} | set(proto.input)
    wanted = [name if name in made else None for name in proto.output][: len(node.outputs)]
    del proto.output[:]
    proto.output.extend(name for name in wanted if name is not None)
    function = ir.serde.deserialize_function(proto)
    _settle_attributes(list(all_nodes(function.graph)), node, schema)
    actuals = dict(zip(function.inputs, [*node.inputs, *[None] * len(function.inputs)], strict=False))
    for formal, actual in actuals.items():
        if actual is None:
            for use in list(formal.uses()):
                use.node.replace_input_with(use.idx, None)
        else:
            formal.type, formal.shape = actual.type, actual.shape
    _learn_types(function.graph, version)
    for formal, actual in actuals.items():
        if actual is not None:
            formal.replace_all_uses_with(actual, replace_graph_outputs=True)
    found_outputs = iter(list(function.outputs))
    results = [next(found_outputs) if name is not None else None for name in wanted]
    nodes = list(function)
    function.graph.outputs.clear()
    for item in nodes:
        function.graph.remove(item)
    _name(nodes, node.name or node.op_type, names)
    return nodes, results, version


def _function(schema: Any, node: ir.Node, opset: int) -> tuple[onnx.FunctionProto, int] | None:
    """The body in the newest opset up to ``opset``."""
    if schema.has_function:
        versions = [version for version in schema.function_opset_versions if version <= opset]
        text = schema.get_function_with_opset_version(max(versions)) if versions else b""
        return (onnx.FunctionProto.FromString(text), max(versions)) if text else None
    versions = [version for version in schema.context_dependent_function_opset_versions if version <= opset]
    if not schema.has_context_dependent_function or not versions:
        return None
    types = [type_proto(value).SerializeToString() if value is not None else b"" for value in node.inputs]
    message = ir.to_proto(node).SerializeToString()
    try:
        text = schema.get_context_dependent_function_with_opset_version(max(versions), message, types)
    except ValueError:  # the body depends on types that are not known, or not those of the operator
        return None
    return (onnx.FunctionProto.FromString(text), max(versions)) if text else None


def _learn_types(body: ir.Graph, version: int) -> None:
    """Types and shapes of the body's values, those in its own bodies included."""
    unused = [value for value in body.inputs if value.type is None]
    for value in unused:
        body.inputs.remove(value)
    body.opset_imports[""] = version
    complete_types(ir.Model(body, ir_version=ir_version_for({"": version})))


def _settle_attributes(nodes: list[ir.Node], caller: ir.Node, schema: onnx.defs.OpSchema) -> None:
    """Puts the caller's attributes, or their defaults, in the place of references to them."""
    for item in nodes:
        for name, attribute in list(item.attributes.items()):
            if not attribute.is_ref():
                continue
            wanted = attribute.ref_attr_name or name
            actual = caller.attributes.get(wanted)
            default = schema.attributes[wanted].default_value
            if actual is None and default.name:
                actual = ir.serde.deserialize_attribute(default)
            del item.attributes[name]
            if actual is not None:
                item.attributes[name] = ir.Attr(name, actual.type, actual.value)


def _name(nodes: list[ir.Node], origin: str, names: NameScope) -> None:
    for node in nodes:
        node.name = names.unique(f"{origin}/{node.op_type}")
        for index, value in enumerate(node.outputs):
            if value.name:
                value.name = names.unique(f"{node.name}:{index}")
        for body in subgraphs_of(node):
            for value in body.inputs:
                value.name = names.unique(f"{node.name}/{value.name}")
            _name(list(body), node.name, names)
