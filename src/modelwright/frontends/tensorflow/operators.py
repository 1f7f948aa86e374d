"""The registry of TensorFlow operators; modules of ``ops`` register their converters here.

A converter is called as ``converter(op, *tensors, **attributes)`` where ``op`` is a ``TensorFlowBuilder`` and the
keyword-only parameters are the NodeDef's attributes with TensorFlow's defaults, decoded to Python: dtypes as
``ir.DataType``, shapes as tuples with None for unknown (or None for an unknown rank), functions as their names,
tensors as arrays, strings as ``str`` where they are text.
"""

from __future__ import annotations

import functools

from modelwright.registry import OperatorRegistry

_REGISTRY = OperatorRegistry("TensorFlow")

tf_op = _REGISTRY.register


@functools.cache
def tensorflow_operators() -> OperatorRegistry:
    """The registry, with every module of the ops package imported."""
    return _REGISTRY.load("modelwright.frontends.tensorflow.ops")
