"""``ceil_mode`` of pooling spelt out as pads where the last window would start in the padding.

ONNX leaves such a window out, in words since opset 22; TensorRT counts it.
"""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.padding import last_window
from modelwright.hub.shape_rules.windows import flag, ints, text
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@rewrite("ceil_mode to pads", "MaxPool", "AveragePool", "LpPool", group=Group.FUSE, since=22)
def ceil_mode(context: RewriteContext, node: ir.Node) -> Outcome:
    """Along such an axis rounding down gives the right windows; along others the end is padded to the last one's."""
    if not flag(node, "ceil_mode") or text(node, "auto_pad", "NOTSET") != "NOTSET":
        return NotApplied("")
    kernel = ints(node, "kernel_shape", [])
    pads = ints(node, "pads", [0] * 2 * len(kernel))
    windows = _windows(context, node, kernel, pads)
    if not any(left_out for _, left_out in windows):
        return NotApplied("")
    ends = [end for end, _ in windows]
    if ends != pads[len(kernel) :] and flag(node, "count_include_pad"):
        return NotApplied("more padding would count in the averages")
    op = context.before(node)
    attributes = {name: item.value for name, item in node.attributes.items() if name != "ceil_mode"}
    attributes["pads"] = [*pads[: len(kernel)], *ends]
    result = op.emit(node.op_type, list(node.inputs), attributes, outputs=len(node.outputs))
    return Applied(result if isinstance(result, tuple) else (result,))


def _windows(context: RewriteContext, node: ir.Node, kernel: list[int], pads: list[int]) -> list[tuple[int, bool]]:
    """Each axis' padding at the end, and whether a window is left out; nothing where sizes are not known."""
    data = node.inputs[0]
    shape = None if data is None else context.shape(data)
    sizes = [] if shape is None else [size for size in shape[2:] if isinstance(size, int)]
    count = len(kernel)
    if len(sizes) != count:
        return []
    strides, dilations = ints(node, "strides", [1] * count), ints(node, "dilations", [1] * count)
    return [
        last_window(size, (low, high), (length - 1) * dilation + 1, stride)
        for size, low, high, length, dilation, stride in zip(
            sizes, pads[:count], pads[count:], kernel, dilations, strides, strict=True
        )
    ]
