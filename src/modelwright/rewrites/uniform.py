"""Tensors filled with one number (ConstantOfShape): constants that are computed with, but never written out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.attributes import tensor_in
from modelwright.hub.builder import OpBuilder
from modelwright.rewrites.context import RewriteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """A tensor whose elements are all the same.

    Attributes:
        shape: Its shape.
        number: The element, an array of rank 0 and the tensor's dtype.
    """

    shape: tuple[int, ...]
    number: np.ndarray

    def array(self) -> np.ndarray:
        """The tensor as a view that takes no memory."""
        return np.broadcast_to(self.number, self.shape)


def uniform_of(context: RewriteContext, value: ir.Value | None) -> Uniform | None:
    """What a ConstantOfShape of constant shape makes; None for any other value."""
    node = value.producer() if value is not None else None
    if node is None or node.op_type != "ConstantOfShape" or node.domain:
        return None
    sizes = context.ints(node.inputs[0])
    if sizes is None:
        return None
    attribute = node.attributes.get("value")
    number = np.zeros((), np.float32) if attribute is None else tensor_in(attribute).numpy().reshape(())
    return Uniform(shape=tuple(sizes), number=number)


def constant_array(context: RewriteContext, value: ir.Value | None) -> np.ndarray | None:
    """The array of a small initializer, or of a ConstantOfShape of any size as a view; None otherwise."""
    array = context.array(value)
    if array is not None:
        return array
    uniform = uniform_of(context, value)
    return None if uniform is None else uniform.array()


def emit_uniform(op: OpBuilder, uniform: Uniform) -> ir.Value:
    """Emits the ConstantOfShape that makes a uniform tensor."""
    return op.ConstantOfShape(op.ints(list(uniform.shape)), value=uniform.number.reshape(1))


def is_uniform(array: np.ndarray) -> bool:
    """Whether all elements of a non-empty array are equal."""
    return bool(array.size) and bool(np.all(array == array.reshape(-1)[0]))
