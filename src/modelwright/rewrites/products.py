"""Products and bounds as written by frameworks, whatever the order and grouping of the factors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.matching import scalar_operand, split_constant

_MOST_FACTORS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """``factor * values[0] * values[1] * ...``.

    Attributes:
        factor: The scalar constants multiplied together.
        values: The other factors.
    """

    factor: float
    values: tuple[ir.Value, ...]


def product_of(context: RewriteContext, root: ir.Node) -> Product | None:
    """Flattens a tree of Mul and Div by scalars; nodes inside must have no other user.

    Returns:
        The product, or None if ``root`` is no product or has more than four factors.
    """
    factor, values = 1.0, list[ir.Value]()
    stack: list[ir.Node] = [root]
    while stack:
        node = stack.pop()
        operands = _factors(context, node)
        if operands is None:
            return None
        factor *= operands[0]
        for value in operands[1]:
            inner = context.producer(value, node, "Mul", "Div")
            if inner is not None and context.only_used_here(value) and _factors(context, inner) is not None:
                stack.append(inner)
            else:
                values.append(value)
        if len(values) > _MOST_FACTORS:
            return None
    return Product(factor=factor, values=tuple(values))


def _factors(context: RewriteContext, node: ir.Node) -> tuple[float, list[ir.Value]] | None:
    scalar = scalar_operand(context, node)
    if node.op_type == "Mul":
        if scalar is not None:
            return scalar[1], [scalar[0]]
        return 1.0, [value for value in node.inputs if value is not None]
    found = split_constant(context, node)
    if node.op_type != "Div" or scalar is None or found is None or found[2] == 0 or scalar[1] == 0:
        return None
    return 1.0 / scalar[1], [scalar[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``slope * value + offset``."""

    value: ir.Value
    slope: float
    offset: float


def line_of(context: RewriteContext, value: ir.Value) -> Line:
    """The value as a straight line of another one, through Add, Sub, Mul and Div with scalars."""
    slope, offset = 1.0, 0.0
    while (step := _step(context, value)) is not None:
        value, slope, offset = step.value, slope * step.slope, offset + slope * step.offset
    return Line(value=value, slope=slope, offset=offset)


def _step(context: RewriteContext, value: ir.Value) -> Line | None:
    """The value as a line of the operand of the node that makes it; None if that is no line."""
    node = value.producer()
    if node is None or node.domain:
        return None
    if node.op_type == "Neg" and node.inputs[0] is not None:
        return Line(value=node.inputs[0], slope=-1.0, offset=0.0)
    scalar, found = scalar_operand(context, node), split_constant(context, node)
    if scalar is None or found is None:
        return None
    operand, number = scalar
    match node.op_type:
        case "Add":
            return Line(value=operand, slope=1.0, offset=number)
        case "Mul":
            return Line(value=operand, slope=number, offset=0.0)
        case "Sub":
            first = found[2] == 0
            return Line(value=operand, slope=-1.0 if first else 1.0, offset=number if first else -number)
        case "Div" if number and found[2] == 1:
            return Line(value=operand, slope=1.0 / number, offset=0.0)
        case _:
            return None


def clip_bounds(context: RewriteContext, value: ir.Value) -> tuple[ir.Value, float, float] | None:
    """The operand and bounds of the Clip that makes a value; None if another operator does."""
    node = value.producer()
    if node is None or node.op_type != "Clip" or node.domain or node.inputs[0] is None:
        return None
    bounds = [-math.inf, math.inf]
    for place in (1, 2):
        bound = node.inputs[place] if len(node.inputs) > place else None
        if bound is not None:
            number = context.scalar(bound)
            if number is None:
                return None
            bounds[place - 1] = number
    return node.inputs[0], bounds[0], bounds[1]
