"""The registry of Paddle operators; modules of ``ops`` register their converters here.

Operators have the names of the PIR dialect, whichever format a model has. A converter is called as
``converter(op, *tensors, **attributes)``: ``op`` is a ``PaddleBuilder``, tensors are values, lists of values, or None
for an optional one left out, attributes are the operator's under the dialect's names. It returns a value, a list of
values for an output that is a list, or a tuple of these for several outputs.
"""

from __future__ import annotations

import functools

from modelwright.registry import OperatorRegistry

_REGISTRY = OperatorRegistry("Paddle")

paddle_op = _REGISTRY.register


@functools.cache
def paddle_operators() -> OperatorRegistry:
    """The registry, with every module of the ops package imported."""
    return _REGISTRY.load("modelwright.frontends.paddle.ops")
