"""The hub held against the ONNX standard: onnx's checker and strict shape inference, without the weights' bytes.

Weights of 4 KiB and more become inputs of the checked copy, so the cost follows the number of nodes and not the size of
the model. What inference finds out is written back where the hub knew less.
"""

from __future__ import annotations

import re
from typing import Final

import onnx
import onnx.checker
import onnx.shape_inference
import onnx_ir as ir

from modelwright.errors import ArtifactInvalid
from modelwright.formats import Dim
from modelwright.hub.external_data import lay_out
from modelwright.hub.io_message import Message, message_of
from modelwright.hub.opset import newest_opset
from modelwright.hub.shapes import dims_of

PHRASE: Final = "onnx.checker with strict shape inference"
"""What a report says that was checked."""

_ELSEWHERE: Final = "#elsewhere"
"""A file that is none: onnx's checker does not look for places that begin so."""

_NODE_NAME = re.compile(r"node name: ([^)]*)\)|Bad node spec for node\. Name: (\S*) OpType")
_INVENTED = re.compile(r"unk__\d+")
"""Names that onnx's inference invents for sizes it does not know."""


def check(model: ir.Model) -> Message:
    """Checks the model against the standard and completes the dtypes and shapes of its values.

    Returns:
        The model as a message, which can be written.

    Raises:
        ArtifactInvalid: The checker or shape inference finds fault; names the node where they do.
    """
    _check_versions(model)
    message = message_of(model)
    inferred = _inferred(_without_weights(message))
    learned = merge(model.graph, inferred.graph)
    untyped = _untyped(inferred.graph)
    _check_structure(inferred)
    if untyped:
        raise ArtifactInvalid(f"the dtype of {', '.join(untyped)} is not known and cannot be inferred")
    return message_of(model) if learned else message


def _inferred(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with all types; with the contents of shapes followed, unless onnx trips over just these."""
    message = proto.SerializeToString()
    try:
        return onnx.shape_inference.infer_shapes(message, check_type=True, strict_mode=True, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        try:
            return onnx.shape_inference.infer_shapes(message, check_type=True, strict_mode=True)
        except onnx.shape_inference.InferenceError:
            _check_structure(proto)
            raise _invalid(error) from error


def _check_versions(model: ir.Model) -> None:
    opset = model.opset_imports.get("", 0)
    if opset > newest_opset():
        raise ArtifactInvalid(
            f"opset {opset} is newer than the installed onnx {onnx.__version__} knows ({newest_opset()})",
            hint="write a lower --opset, or install a newer onnx",
        )


def without_weights(model: ir.Model) -> onnx.ModelProto:
    """The model's message, node for node; the main graph's large constants are inputs, other large tensors empty."""
    return _without_weights(message_of(model))


def _without_weights(message: Message) -> onnx.ModelProto:
    proto = message.with_outside(dict(enumerate(lay_out(message.lengths()))), _ELSEWHERE)
    _initializers_as_inputs(proto.graph)
    _constants_as_inputs(proto.graph)
    _spell_out_defaults(proto)
    return proto


def _initializers_as_inputs(graph: onnx.GraphProto) -> None:
    inputs = {info.name for info in graph.input}
    kept = [tensor for tensor in graph.initializer if not _is_elsewhere(tensor)]
    for tensor in graph.initializer:
        if _is_elsewhere(tensor) and tensor.name not in inputs:
            _declare_input(graph, tensor.name, tensor)
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _constants_as_inputs(graph: onnx.GraphProto) -> None:
    """Makes large Constant nodes copies of inputs: propagating contents, inference would ask for theirs."""
    for node in graph.node:
        held = node.attribute[0] if node.op_type == "Constant" and not node.domain and node.attribute else None
        if held is not None and held.HasField("t") and _is_elsewhere(held.t):
            name = f"{node.output[0]}{_ELSEWHERE}"
            _declare_input(graph, name, held.t)
            node.op_type = "Identity"
            node.input.append(name)
            del node.attribute[:]


def _declare_input(graph: onnx.GraphProto, name: str, tensor: onnx.TensorProto) -> None:
    kind = graph.input.add(name=name).type.tensor_type
    kind.elem_type = tensor.data_type
    kind.shape.SetInParent()
    for size in tensor.dims:
        kind.shape.dim.add(dim_value=size)


def _is_elsewhere(tensor: onnx.TensorProto) -> bool:
    return tensor.data_location == onnx.TensorProto.EXTERNAL


_LEFT_OUT: Final = {"MeanVarianceNormalization": ("axes", [0, 2, 3]), "STFT": ("onesided", 1)}
"""Attributes with defaults that inference (onnx 1.23) does not know."""


def _spell_out_defaults(proto: onnx.ModelProto) -> None:
    """Gives operators the defaults that inference takes for something else."""
    for node in proto.graph.node:
        name, default = _LEFT_OUT.get(node.op_type, ("", 0))
        if name and not node.domain and all(attribute.name != name for attribute in node.attribute):
            node.attribute.append(onnx.helper.make_attribute(name, default))


def _untyped(graph: onnx.GraphProto) -> list[str]:
    """Inputs and outputs whose dtype is not known."""
    names: list[str] = []
    for info in [*graph.input, *graph.output]:
        kind = info.type.WhichOneof("value")
        if kind is None or (kind == "tensor_type" and not info.type.tensor_type.elem_type):
            names.append(info.name)
    return names


def _check_structure(proto: onnx.ModelProto) -> None:
    """Runs the checker; inputs and outputs of unknown type or rank, which it would refuse, count as scalars here."""
    for info in [*proto.graph.input, *proto.graph.output]:
        if info.type.WhichOneof("value") is None:
            info.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
        if info.type.HasField("tensor_type") and not info.type.tensor_type.HasField("shape"):
            info.type.tensor_type.shape.SetInParent()
    try:
        onnx.checker.check_model(proto.SerializeToString())
    except onnx.checker.ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: Exception) -> ArtifactInvalid:
    text = str(error)
    match = _NODE_NAME.search(text)
    node = (match[1] or match[2] or "") if match else ""
    reason = " ".join(
        text.partition("==> Context")[0].replace("[ShapeInferenceError] Inference error(s): ", "").split()
    )
    where = f"node {node!r}: " if node and node not in reason else ""
    return ArtifactInvalid(
        f"the converted model is not valid ONNX: {where}{reason}",
        hint="this is a fault of the conversion or of the source model; report it with the node's name",
        node=node,
    )


def merge(graph: ir.Graph, inferred: onnx.GraphProto) -> bool:
    """Writes inferred dtypes and sizes into the values of the graph where those are unknown; says whether some were."""
    found = {info.name: info.type for info in [*inferred.value_info, *inferred.output]}
    learned = False
    for node in graph:
        for value in node.outputs:
            kind = found.get(value.name or "")
            if kind is not None and kind.HasField("tensor_type"):
                learned |= learn(value, kind.tensor_type)
    return learned


def learn(value: ir.Value, kind: onnx.TypeProto.Tensor) -> bool:
    """Writes what onnx inferred into a value where that knows less; says whether it did."""
    untyped = value.type is None and bool(kind.elem_type)
    if untyped:
        value.dtype = ir.DataType(kind.elem_type)
    if not kind.HasField("shape"):
        return untyped
    new = tuple(_dim(dim) for dim in kind.shape.dim)
    old = dims_of(value.shape)
    if value.shape is None or old is None:
        value.shape = ir.Shape(new)
        return True
    merged = [_more_specific(mine, theirs) for mine, theirs in zip(old, new, strict=False)]
    if len(old) != len(new) or tuple(merged) == old:
        return untyped
    value.shape = ir.Shape(merged, denotations=[value.shape.get_denotation(axis) for axis in range(len(old))])
    return True


def _dim(dim: onnx.TensorShapeProto.Dimension) -> Dim:
    if dim.HasField("dim_value"):
        return dim.dim_value
    return None if _INVENTED.fullmatch(dim.dim_param) else dim.dim_param or None


def _more_specific(mine: Dim, theirs: Dim) -> Dim:
    if isinstance(mine, int) or theirs is None:
        return mine
    return theirs if isinstance(theirs, int) or mine is None else mine
