"""Dividing the channels of one constant and multiplying those of the next, so that the model computes the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.tensors import derived, sizes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A constant whose channels are scaled.

    Attributes:
        value: The constant.
        view: Shape to see it in.
        index: Which factor each element takes, in a shape that broadcasts over ``view``; -1 for none.
        divides: Whether the factors divide.
    """

    value: ir.Value
    view: tuple[int, ...]
    index: np.ndarray
    divides: bool

    def factors(self, scale: np.ndarray) -> np.ndarray:
        """What the elements are multiplied by; broadcasts over ``view``."""
        factors = np.where(self.index < 0, 1.0, scale[self.index])
        return (1.0 / factors if self.divides else factors).astype(np.float64)


Restore = Sequence[tuple[ir.Value, ir.TensorProtocol]]
"""Constants as they were."""


def apply(edits: Sequence[Edit], scale: np.ndarray) -> Restore:
    """Scales constants in place; large ones are computed when they are read.

    Args:
        edits: The constants.
        scale: ``[C]``, positive.

    Returns:
        The tensors replaced, for ``restore``.
    """
    before: list[tuple[ir.Value, ir.TensorProtocol]] = []
    for edit in edits:
        old = cast("ir.TensorProtocol", edit.value.const_value)
        before.append((edit.value, old))
        edit.value.const_value = _scaled(old, edit.view, edit.factors(scale))
        edit.value.const_value.name = edit.value.name
    return before


def restore(before: Restore) -> None:
    """Puts constants back."""
    for value, tensor in reversed(before):
        value.const_value = tensor


def _scaled(tensor: ir.TensorProtocol, view: tuple[int, ...], factors: np.ndarray) -> ir.TensorProtocol:
    dtype = tensor.dtype.numpy()

    def compute(array: np.ndarray) -> np.ndarray:
        return (array.reshape(view) * factors.astype(np.float32)).astype(dtype).reshape(array.shape)

    return derived([tensor], sizes_of(tensor), compute)
