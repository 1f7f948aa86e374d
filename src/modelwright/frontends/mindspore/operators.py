"""The registry of MindSpore's primitives; modules of ``ops`` register their converters here.

A converter is called as ``converter(op, *arguments, **attributes)``: ``op`` is a ``MindBuilder``; an argument is a
value, or what a constant holds: a number, a string, None or a tuple, whose members may be values. Attributes are the
primitive's; one that bears the name of an argument takes its place, as in files of MindSpore before 2.3. A converter
returns a value, or a list for a tuple; None stands for members that cannot be had.
"""

from __future__ import annotations

import functools
from typing import Final

from modelwright.registry import OperatorRegistry

MEANINGLESS: Final = frozenset(
    {
        "IsFeatureMapInputList",
        "IsFeatureMapOutput",
        "cust_aicpu",
        "input_names",
        "inplace_prim",
        "output_names",
        "primitive_target",
        "side_effect_propagate",
        "visited",
    }
)
"""Attributes of all primitives that do not change what they compute."""

_REGISTRY = OperatorRegistry("MindSpore")

mindspore_op = _REGISTRY.register


@functools.cache
def mindspore_operators() -> OperatorRegistry:
    """The registry, with every module of the ops package imported."""
    return _REGISTRY.load("modelwright.frontends.mindspore.ops")
