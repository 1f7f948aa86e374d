"""The registry of operators that have a form in MindSpore."""

from __future__ import annotations

import functools
from typing import Final

from modelwright.registry import OperatorRegistry

REGISTRY: Final = OperatorRegistry("ONNX")
"""Filled by the modules of ``ops``: a converter takes the emitter and a node's inputs, and gives a term an output."""

mind_op = REGISTRY.register


@functools.cache
def operators() -> OperatorRegistry:
    """All converters."""
    return REGISTRY.load("modelwright.backends.mindir.ops")
