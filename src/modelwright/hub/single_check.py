"""A one-node model held against the ONNX standard: attributes, number of inputs, dtypes and shapes that fit."""

from __future__ import annotations

import re
from typing import Final

import onnx
import onnx.checker
import onnx.shape_inference

from modelwright.hub.opset import newest_opset, schema_for

_NOISE: Final = re.compile(
    r"\[(?:ShapeInferenceError|TypeInferenceError)\] ?|Inference error\(s\): ?|\(op_type:[^)]*\): ?|\n?==> Context.*",
    re.DOTALL,
)


def standard_fault(content: bytes) -> str:
    """What is wrong with the node of a one-node model, in a sentence; empty when nothing is, or nothing is known of it.

    Operators of other domains, operators with bodies, and opsets newer than the installed onnx are not judged.

    Args:
        content: What ``modelwright.hub.single_node.isolate`` made.
    """
    model = onnx.ModelProto.FromString(content)
    node = model.graph.node[0]
    opset = next((item.version for item in model.opset_import if not item.domain), 0)
    bodies = any(
        attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for attribute in node.attribute
    )
    schema = schema_for(node.op_type, opset)
    if node.domain or bodies or opset > newest_opset() or schema is None or not _all_tensors(model.graph):
        return ""
    context = onnx.checker.C.CheckerContext()
    context.ir_version = model.ir_version
    context.opset_imports = {item.domain: item.version for item in model.opset_import}
    try:
        onnx.checker.check_node(node, context)
        if not getattr(schema, "has_function", False):  # onnx infers those through their bodies, and trips over its own
            onnx.shape_inference.infer_shapes(content, check_type=True, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        return " ".join(_NOISE.sub("", str(error)).split())
    return ""


def _all_tensors(graph: onnx.GraphProto) -> bool:
    """Whether no input is a sequence or an optional, whose elements may not be known."""
    return all(info.type.HasField("tensor_type") for info in graph.input)
