"""Recognizes means, variances and inverse standard deviations over the last axes."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.hub.shape_rules.structure import axes_of
from modelwright.hub.shape_rules.windows import flag
from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import is_close, other, scalar_operand, split_constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """The inverse standard deviation of ``x`` over its last axes.

    Attributes:
        x: The data.
        mean: Its mean, with the axes kept.
        first_axis: The first of the axes that are normalized; they go to the last.
        epsilon: What is added to the variance.
    """

    x: ir.Value
    mean: ir.Value
    first_axis: int
    epsilon: float


def inverse_deviation(context: RewriteContext, value: ir.Value | None) -> Deviation | None:
    """``1 / sqrt(var(x) + epsilon)`` in the forms Reciprocal(Sqrt), Div(1, Sqrt) and Pow(-0.5)."""
    node = value.producer() if value is not None else None
    if node is None or node.domain:
        return None
    if node.op_type == "Reciprocal":
        return deviation(context, node.inputs[0])
    if node.op_type == "Div" and is_close(context.scalar(node.inputs[0]), 1.0):
        return deviation(context, node.inputs[1])
    if node.op_type == "Pow" and is_close(context.scalar(node.inputs[1]), -0.5):
        return _shifted_variance(context, node.inputs[0])
    return None


def deviation(context: RewriteContext, value: ir.Value | None) -> Deviation | None:
    """``sqrt(var(x) + epsilon)``, as Sqrt or Pow(0.5)."""
    node = value.producer() if value is not None else None
    if node is None or node.domain:
        return None
    if node.op_type == "Sqrt" or (node.op_type == "Pow" and is_close(context.scalar(node.inputs[1]), 0.5)):
        return _shifted_variance(context, node.inputs[0])
    return None


def _shifted_variance(context: RewriteContext, value: ir.Value | None) -> Deviation | None:
    node = value.producer() if value is not None else None
    found = scalar_operand(context, node) if node is not None and node.op_type == "Add" else None
    if node is None or found is None or found[1] < 0:
        return None
    average = context.producer(found[0], node, "ReduceMean")
    squared = average.inputs[0].producer() if average is not None and average.inputs[0] is not None else None
    difference = _squared_operand(context, squared)
    if average is None or difference is None:
        return None
    centred = centred_of(context, difference)
    if centred is None:
        return None
    x, mean = centred
    first = mean_axis(context, mean.producer())
    if first is None or mean_axis(context, average) != first:
        return None
    return Deviation(x=x, mean=mean, first_axis=first, epsilon=found[1])


def _squared_operand(context: RewriteContext, node: ir.Node | None) -> ir.Value | None:
    if node is None or node.domain:
        return None
    if node.op_type == "Mul" and node.inputs[0] is node.inputs[1]:
        return node.inputs[0]
    if node.op_type == "Pow" and is_close(context.scalar(node.inputs[1]), 2.0):
        return node.inputs[0]
    return None


def centred_of(context: RewriteContext, value: ir.Value) -> tuple[ir.Value, ir.Value] | None:
    """``(x, mean)`` if the value is ``x - mean`` or ``mean - x`` with the mean of ``x``; None otherwise."""
    node = value.producer()
    if node is None or node.op_type != "Sub" or node.domain:
        return None
    for mean in node.inputs:
        x = other(node, mean) if mean is not None else None
        average = context.producer(mean, node, "ReduceMean")
        if mean is not None and x is not None and average is not None and average.inputs[0] is x:
            return x, mean
    return None


def mean_axis(context: RewriteContext, node: ir.Node | None) -> int | None:
    """The first reduced axis of a ReduceMean that keeps its axes and reduces the last ones; None otherwise."""
    if node is None or node.op_type != "ReduceMean" or not flag(node, "keepdims", 1) or node.inputs[0] is None:
        return None
    rank, axes = context.rank(node.inputs[0]), axes_of(context.shapes, node)
    if rank is None or not axes:
        return None
    reduced = sorted(axis % rank for axis in axes)
    return reduced[0] if reduced == list(range(reduced[0], rank)) else None


def times_constant(context: RewriteContext, value: ir.Value) -> tuple[ir.Value, ir.Value | None]:
    """``(y, c)`` for ``y * c`` with a constant ``c``; ``(value, None)`` for anything else."""
    node = value.producer()
    found = split_constant(context, node) if node is not None and node.op_type == "Mul" and not node.domain else None
    return (value, None) if found is None else (found[0], found[1])


def scaled_inverse(context: RewriteContext, value: ir.Value) -> tuple[Deviation, ir.Value | None] | None:
    """``gamma / sqrt(var(x) + epsilon)`` with its constant ``gamma``, which may be absent; None for anything else."""
    node = value.producer()
    if node is not None and node.op_type == "Div" and not node.domain and context.tensor(node.inputs[0]) is not None:
        statistics, gamma = deviation(context, node.inputs[1]), node.inputs[0]
        if statistics is not None:
            return statistics, None if is_close(context.scalar(gamma), 1.0) else gamma
    inverse, gamma = times_constant(context, value)
    statistics = inverse_deviation(context, inverse)
    return None if statistics is None else (statistics, gamma)
