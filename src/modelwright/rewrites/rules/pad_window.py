"""Pad with zeros in front of a convolution or pooling becomes its pads."""

from __future__ import annotations

import math

import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag, ints, text
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("Pad + window", "Conv", "MaxPool", "AveragePool", group=Group.FUSE)
def pad_window(context: RewriteContext, node: ir.Node) -> Outcome:
    """Conv: zeros. MaxPool: zeros behind a Relu, or minus infinity. AveragePool: zeros that it then counts."""
    if text(node, "auto_pad", "NOTSET") not in ("NOTSET", "VALID") or flag(node, "ceil_mode"):
        return NotApplied("")
    pad = context.producer(node.inputs[0], node, "Pad")
    data = pad.inputs[0] if pad is not None else None
    if pad is None or data is None or len(pad.inputs) < 2:
        return NotApplied("")
    rank = context.rank(data)
    amounts = _amounts(context, pad, rank)
    if amounts is None or rank is None or text(pad, "mode", "constant") != "constant" or min(amounts) < 0:
        return NotApplied("the padding is not a constant one")
    if any(amounts[axis] for axis in (0, 1, rank, rank + 1)):
        return NotApplied("it pads batch or channels")
    own = ints(node, "pads", [0] * (2 * (rank - 2)))
    if not _right_value(context, node, pad, data, own):
        return NotApplied("the padding's value is not the one of the window")
    wanted = [a + b for a, b in zip(own, amounts[2:rank] + amounts[rank + 2 :], strict=True)]
    if node.op_type != "Conv" and any(step != 1 for step in ints(node, "dilations", [])):
        return NotApplied("a window with holes may see the padding alone")
    if node.op_type != "Conv" and not _inside(wanted, ints(node, "kernel_shape", [])):
        return NotApplied("the padding is as large as the window")
    attributes = {name: item.value for name, item in node.attributes.items() if name != "auto_pad"}
    attributes["pads"] = wanted
    if node.op_type == "AveragePool":
        attributes["count_include_pad"] = 1
    op = context.before(node)
    result = op.emit(node.op_type, [data, *node.inputs[1:]], attributes, outputs=len(node.outputs))
    return Applied(result if isinstance(result, tuple) else (result,))


def _amounts(context: RewriteContext, pad: ir.Node, rank: int | None) -> list[int] | None:
    amounts = context.ints(pad.inputs[1])
    if amounts is None or rank is None or rank < 3:
        return None
    axes_input = pad.inputs[3] if len(pad.inputs) > 3 else None
    if axes_input is None:
        return amounts if len(amounts) == 2 * rank else None
    axes = context.ints(axes_input)
    if axes is None:
        return None
    full = [0] * (2 * rank)
    for place, axis in enumerate(axes):
        full[axis % rank], full[axis % rank + rank] = amounts[place], amounts[place + len(axes)]
    return full


def _right_value(context: RewriteContext, node: ir.Node, pad: ir.Node, data: ir.Value, own: list[int]) -> bool:
    value = pad.inputs[2] if len(pad.inputs) > 2 else None
    number = 0.0 if value is None else context.scalar(value)
    if node.op_type == "Conv":
        return number == 0.0
    if node.op_type == "AveragePool":
        return number == 0.0 and (bool(flag(node, "count_include_pad")) or not any(own))
    if number is None or len(node.outputs) > 1:
        return False
    if math.isinf(number) and number < 0:
        return True
    return number == 0.0 and _never_negative(context, node, data)


def _never_negative(context: RewriteContext, node: ir.Node, data: ir.Value) -> bool:
    """Whether zeros never win a maximum against real values: the data come from Relu or a Clip from 0 up."""
    maker = context.producer(data, node, "Relu", "Clip", "Sigmoid", "HardSigmoid", "Softmax")
    if maker is None:
        return False
    if maker.op_type != "Clip":
        return True
    low = context.scalar(maker.inputs[1]) if len(maker.inputs) > 1 else None
    return low is not None and low >= 0.0


def _inside(pads: list[int], kernel: list[int]) -> bool:
    """Whether every window keeps at least one real element, which pooling needs."""
    return all(pad < size for pad, size in zip(pads, kernel + kernel, strict=True))
