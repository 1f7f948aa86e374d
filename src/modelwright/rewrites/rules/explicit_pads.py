"""``auto_pad`` spelt out as pads when the sizes are known: compilers agree on pads, not on SAME."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.padding import same_pads
from modelwright.hub.shape_rules.windows import flag, ints, text
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("auto_pad to pads", "Conv", "MaxPool", "AveragePool", "LpPool", group=Group.FUSE)
def explicit_pads(context: RewriteContext, node: ir.Node) -> Outcome:
    """SAME: the output has ``ceil(size / stride)`` places; an odd pixel of padding goes to the end for SAME_UPPER."""
    mode = text(node, "auto_pad", "NOTSET")
    data = node.inputs[0]
    if mode == "NOTSET" or data is None or flag(node, "ceil_mode"):
        return NotApplied("")
    kernel = _kernel(context, node)
    shape = context.shape(data)
    spatial = list(shape[2:]) if shape is not None else []
    pads = [0] * (2 * len(kernel)) if mode == "VALID" else _same_pads(node, kernel, spatial, upper=mode == "SAME_UPPER")
    if not kernel or pads is None:
        return NotApplied("the spatial sizes are unknown")
    op = context.before(node)
    attributes = {name: item.value for name, item in node.attributes.items() if name not in ("auto_pad", "pads")}
    if any(pads):
        attributes["pads"] = pads
    result = op.emit(node.op_type, list(node.inputs), attributes, outputs=len(node.outputs))
    return Applied(result if isinstance(result, tuple) else (result,))


def _kernel(context: RewriteContext, node: ir.Node) -> list[int]:
    weight = node.inputs[1] if node.op_type == "Conv" else None
    shape = context.shape(weight) if weight is not None else None
    sizes = [dim for dim in shape[2:] if isinstance(dim, int)] if shape is not None else []
    return ints(node, "kernel_shape", sizes)


def _same_pads(node: ir.Node, kernel: list[int], spatial: list[int | str | None], *, upper: bool) -> list[int] | None:
    if len(spatial) != len(kernel):
        return None
    strides, dilations = ints(node, "strides", [1] * len(kernel)), ints(node, "dilations", [1] * len(kernel))
    begins: list[int] = []
    ends: list[int] = []
    for size, length, stride, dilation in zip(spatial, kernel, strides, dilations, strict=True):
        window = (length - 1) * dilation + 1
        pair = same_pads(size, window, stride)
        if pair is None or (stride != 1 and not isinstance(size, int)):
            return None
        small, large = pair
        begins.append(small if upper else large)
        ends.append(large if upper else small)
    return begins + ends
