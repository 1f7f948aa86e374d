"""SAME padding, which TensorFlow, TFLite and ONNX's ``auto_pad`` define alike.

It makes ``ceil(size / stride)`` results and pads ``max((results - 1) * stride + extent - size, 0)`` in all.
"""

from __future__ import annotations

from modelwright.formats import Dim


def same_pads(size: Dim, extent: int | None, stride: int) -> tuple[int, int] | None:
    """What is padded at begin and end of one axis, the odd one at the end.

    Args:
        size: The axis' size.
        extent: How far the window reaches, dilation included.
        stride: Its step.

    Returns:
        The two amounts, or None when they depend on what only the run knows; with a stride of 1 any size will do.
    """
    if extent is None:
        return None
    if stride == 1 or extent == 1:
        total = extent - 1 if stride == 1 else 0
    elif isinstance(size, int):
        total = max((-(-size // stride) - 1) * stride + extent - size, 0)
    else:
        return None
    return total // 2, total - total // 2


def last_window(size: int, pads: tuple[int, int], extent: int, stride: int) -> tuple[int, bool]:
    """Where pooling with ``ceil_mode`` ends along one axis (ONNX: a window that starts in the padding does not count).

    Args:
        size: The axis' size.
        pads: What is padded at begin and end.
        extent: How far the window reaches, dilation included.
        stride: Its step.

    Returns:
        The padding at the end with which rounding down gives the same windows, and whether rounding up would give one
        more, which starts in the padding.
    """
    begin, end = pads
    count = -(-(size + begin + end - extent) // stride) + 1
    left_out = (count - 1) * stride >= size + begin
    count -= left_out
    return max(end, (count - 1) * stride + extent - size - begin), left_out
