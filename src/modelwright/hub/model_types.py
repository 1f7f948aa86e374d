"""Types and shapes of a whole model at once, bodies of control flow included, as onnx infers them."""

from __future__ import annotations

import onnx
import onnx.shape_inference
import onnx_ir as ir

from modelwright.hub.checker import merge, without_weights


def complete_types(model: ir.Model) -> None:
    """Writes what onnx can infer into the values whose type or shape is not known; what cannot be inferred stays."""
    try:
        inferred = onnx.shape_inference.infer_shapes(
            without_weights(model).SerializeToString(), check_type=False, strict_mode=False, data_prop=True
        )
    except onnx.shape_inference.InferenceError:
        return
    _learn(model.graph, inferred.graph)


def _learn(graph: ir.Graph, inferred: onnx.GraphProto) -> None:
    merge(graph, inferred)
    found = {info.name: info.type for info in [*inferred.value_info, *inferred.output, *inferred.input]}
    for value in [*graph.inputs, *(output for node in graph for output in node.outputs)]:
        kind = found.get(value.name or "")
        if value.type is None and kind is not None and kind.WhichOneof("value") not in (None, "tensor_type"):
            value.type = ir.serde.deserialize_type_proto_for_type(kind)
        elif value.type is None and kind is not None and kind.tensor_type.elem_type:
            value.dtype = ir.DataType(kind.tensor_type.elem_type)
    for node, message in zip(graph, inferred.node, strict=True):
        bodies = {item.name: item.g for item in message.attribute if item.HasField("g")}
        for name, attribute in node.attributes.items():
            if attribute.type is ir.AttributeType.GRAPH and name in bodies:
                _learn(attribute.as_graph(), bodies[name])
