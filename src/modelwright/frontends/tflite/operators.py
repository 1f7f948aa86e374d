"""The registry of TFLite operators; modules of ``ops`` register their converters here.

A converter is called as ``converter(op, *tensors, **attributes)``: ``op`` is a ``TFLiteBuilder``, tensors are values,
None for an optional one left out, attributes are the operator's options under the schema's names. Quantized tensors
come as the real numbers they stand for; what a converter returns is quantized again by the caller, which also applies
the fused activation.
"""

from __future__ import annotations

import functools

from modelwright.registry import OperatorRegistry

_REGISTRY = OperatorRegistry("TFLite")

tflite_op = _REGISTRY.register


@functools.cache
def tflite_operators() -> OperatorRegistry:
    """The registry, with every module of the ops package imported."""
    return _REGISTRY.load("modelwright.frontends.tflite.ops")
