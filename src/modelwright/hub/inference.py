"""Shape and type inference of a whole model by onnx, which also sees into functions and knows types beyond tensors."""

from __future__ import annotations

import onnx
import onnx.shape_inference
import onnx_ir as ir

from modelwright.hub.checker import learn, without_weights


def infer_types(model: ir.Model) -> None:
    """Completes types and shapes of the main graph's values where the hub knows less; finds no fault.

    Slow (the model is serialized without its weights): for values that ``modelwright.hub.shapes`` has no rule for.
    """
    proto = without_weights(model)
    try:
        inferred = onnx.shape_inference.infer_shapes(proto.SerializeToString(), data_prop=True)
    except onnx.shape_inference.InferenceError:
        return
    found = {info.name: info.type for info in [*inferred.graph.value_info, *inferred.graph.output]}
    for node in model.graph:
        for value in node.outputs:
            kind = found.get(value.name or "")
            if kind is None:
                continue
            if kind.HasField("tensor_type"):
                learn(value, kind.tensor_type)
            elif value.type is None and kind.WhichOneof("value") is not None:
                value.type = ir.serde.deserialize_type_proto_for_type(kind)
