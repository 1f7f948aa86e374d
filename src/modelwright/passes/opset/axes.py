"""Axes counted from the back, which most operators take since opset 11 only."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.passes.opset.builder import StepBuilder

_AXIS = frozenset(
    "ArgMax ArgMin Compress Concat Flatten Gather Hardmax LogSoftmax Softmax Split TopK ScatterElements "
    "GatherElements".split()
)
_AXES = frozenset(
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
    "ReduceSumSquare Squeeze".split()
)


def count_axes_from_front(op: StepBuilder) -> None:
    """Makes the axes of the node in an attribute non-negative, in place.

    Raises:
        CannotSay: An axis is negative and the rank of the input is not known.
    """
    node = op.node
    if node.op_type in _AXIS:
        _settle(op, node, "axis")
    elif node.op_type in _AXES:
        _settle(op, node, "axes")
    elif node.op_type == "Unsqueeze":
        attribute = node.attributes.get("axes")
        _settle(op, node, "axes", extra=len(attribute.as_ints()) if attribute is not None else 0)


def _settle(op: StepBuilder, node: ir.Node, name: str, *, extra: int = 0) -> None:
    attribute = node.attributes.get(name)
    data = node.inputs[0]
    if attribute is None or data is None:
        return
    axes = [attribute.as_int()] if name == "axis" else list(attribute.as_ints())
    if all(axis >= 0 for axis in axes):
        return
    rank = op.known_rank(data) + extra
    settled = [axis + rank if axis < 0 else axis for axis in axes]
    node.attributes[name] = ir.AttrInt64(name, settled[0]) if name == "axis" else ir.AttrInt64s(name, settled)
