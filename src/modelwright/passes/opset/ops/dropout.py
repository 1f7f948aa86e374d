"""Dropout: a network that is run drops nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.passes.opset.adapters import lift, lower
from modelwright.passes.opset.builder import StepBuilder


@lower("Dropout", version=12)
def lower_dropout(
    op: StepBuilder,
    data: ir.Value,
    ratio: ir.Value | None = None,
    training_mode: ir.Value | None = None,
    *,
    seed: int | None = None,
) -> Any:
    """The ratio as an attribute, where nothing is dropped."""
    del seed
    if training_mode is not None:
        mode = op.array(training_mode)
        fraction = op.array(ratio) if ratio is not None else np.asarray(0.5)
        idle = fraction is not None and not fraction.any()
        if (mode is None or mode.any()) and not idle:
            raise op.fail("it may be in training mode, which older opsets have not", since=12)
    if op.used(1):
        everything = ir.Tensor(np.asarray([True]))
        return op.Identity(data), op.ConstantOfShape(op.Shape(data), value=everything)
    number = op.array(ratio)
    attributes = {"ratio": None if number is None else float(number.reshape(-1)[0])}
    return op.emit("Dropout", [data], attributes)


@lift("Dropout", version=12)
def lift_dropout(op: StepBuilder, data: ir.Value, *, ratio: float = 0.5) -> Any:
    """The ratio as an input."""
    _refuse_mask(op)
    number = None if ratio == 0.5 else op.constant(np.asarray(ratio, np.float32))
    return op.Dropout(data, number)


@lift("Dropout", version=10)
@lower("Dropout", version=10)
def cross_mask(op: StepBuilder, data: ir.Value, *, ratio: float = 0.5) -> Any:
    """The mask had the dtype of the data."""
    _refuse_mask(op)
    return op.Dropout(data, ratio=ratio)


def _refuse_mask(op: StepBuilder) -> None:
    if op.used(1):
        raise op.fail("its mask is used, and opsets below 12 leave open what it holds when nothing is dropped")
