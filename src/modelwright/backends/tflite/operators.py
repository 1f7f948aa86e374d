"""The registry of ONNX operators as TFLite's; modules of ``ops`` register their converters here.

A converter is called as ``converter(op, *tensors, **attributes)``: ``op`` is a ``LiteBuilder``, tensors are values,
None for an optional one left out, attributes are those of the newest opset. It returns a value for each output.

Two registries: ``window_op`` is for operators that TFLite has with channels last. Their converters run first, on ONNX's
layout, and put Transposes around what they emit, which the layout pass then removes where it can. ``lite_op`` is for
all others.
"""

from __future__ import annotations

import functools

from modelwright.registry import OperatorRegistry

_WINDOWS = OperatorRegistry("ONNX")
_OTHERS = OperatorRegistry("ONNX")

window_op = _WINDOWS.register
lite_op = _OTHERS.register

_PACKAGE = "modelwright.backends.tflite.ops"


@functools.cache
def window_operators() -> OperatorRegistry:
    """Operators with channels last, with every module of the ops package imported."""
    return _WINDOWS.load(_PACKAGE)


@functools.cache
def lite_operators() -> OperatorRegistry:
    """All other operators."""
    return _OTHERS.load(_PACKAGE)


def is_known(op_type: str) -> bool:
    """Whether an operator of the default domain has a converter."""
    return window_operators().find(op_type) is not None or lite_operators().find(op_type) is not None
