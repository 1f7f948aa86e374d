"""Dtypes that have to be assumed, because what gives a tensor is an operator that nobody here knows."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.hub.dtypes import dtype_name
from modelwright.targets.facts import ModelFacts


class AssumedTypes:
    """Dtypes of a node's inputs; one that cannot be inferred, behind an operator unknown here, is assumed.

    Attributes:
        assumed: What was assumed, as a phrase; empty when nothing was.
    """

    def __init__(self, facts: ModelFacts) -> None:
        self._facts = facts
        self.assumed = ""

    def dtype(self, value: ir.Value) -> ir.DataType | None:
        """The value's dtype, else that of the first input of its producer that has one, else float32."""
        known = self._facts.shapes.dtype(value)
        if known is not None or value.type is not None:
            return known
        producer = value.producer()
        sources = [item for item in producer.inputs if item is not None] if producer is not None else []
        dtypes = [self._facts.shapes.dtype(item) for item in sources]
        guess = next((dtype for dtype in dtypes if dtype is not None), ir.DataType.FLOAT)
        self.assumed = f"{value.name} is {dtype_name(guess)}"
        return guess
