"""LayerNormalization from its parts (Ba, Kiros and Hinton 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.rewrites.context import RewriteContext
from modelwright.rewrites.deviation import (
    Deviation,
    centred_of,
    deviation,
    inverse_deviation,
    scaled_inverse,
    times_constant,
)
from modelwright.rewrites.matching import is_close, scalar_operand, split_constant
from modelwright.rewrites.rule import Applied, Group, NotApplied, Outcome, rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    statistics: Deviation
    gamma: ir.Value | None
    beta: ir.Value | None


@rewrite("LayerNormalization", "Add", "Sub", group=Group.RECOGNIZE, since=17)
def layer_normalization(context: RewriteContext, node: ir.Node) -> Outcome:
    """``(x - mean) * rstd * gamma + beta`` and ``x * (rstd * gamma) + (beta - mean * (rstd * gamma))``."""
    form = _direct(context, node) or _as_line(context, node)
    if form is None:
        return NotApplied("")
    shape = context.shape(form.statistics.x)
    sizes = shape[form.statistics.first_axis :] if shape is not None else ()
    known = tuple(dim for dim in sizes if isinstance(dim, int))
    if not known or len(known) != len(sizes):
        return NotApplied("the sizes that are normalized are unknown")
    parameters = [_parameter(context, value, known) for value in (form.gamma, form.beta)]
    dtype = context.shapes.dtype(form.statistics.x)
    if (
        dtype is None
        or (form.gamma is not None and parameters[0] is None)
        or (form.beta is not None and parameters[1] is None)
    ):
        return NotApplied("scale or bias do not fit the sizes that are normalized")
    scale = parameters[0] if parameters[0] is not None else np.ones(known, dtype=dtype.numpy())
    axis = form.statistics.first_axis - len(shape or ())
    op = context.before(node)
    return Applied(
        (op.LayerNormalization(form.statistics.x, scale, parameters[1], axis=axis, epsilon=form.statistics.epsilon),)
    )


def _parameter(context: RewriteContext, value: ir.Value | None, sizes: tuple[int, ...]) -> np.ndarray | None:
    array = context.array(value)
    if array is None:
        return None
    if array.size > np.prod(sizes) or any(size != 1 for size in array.shape[: max(array.ndim - len(sizes), 0)]):
        return None
    inner = array.reshape(array.shape[max(array.ndim - len(sizes), 0) :])
    wide = (1,) * (len(sizes) - inner.ndim) + inner.shape
    fits = all(mine in (1, size) for mine, size in zip(wide, sizes, strict=True))
    return np.ascontiguousarray(np.broadcast_to(inner, sizes)) if fits else None


def _direct(context: RewriteContext, node: ir.Node) -> _Form | None:
    """``normalized * gamma + beta`` with ``normalized = (x - mean) * rstd`` or ``(x - mean) / std``."""
    found = split_constant(context, node) if node.op_type == "Add" else None
    if found is None:
        return None
    value, gamma = times_constant(context, found[0])
    statistics = _normalized(context, value)
    if statistics is None and gamma is None:
        statistics, gamma = _scaled_inside(context, value)
    return _Form(statistics=statistics, gamma=gamma, beta=found[1]) if statistics is not None else None


def _normalized(context: RewriteContext, value: ir.Value) -> Deviation | None:
    node = value.producer()
    if node is None or node.op_type not in ("Mul", "Div") or node.domain:
        return None
    left, right = node.inputs
    if node.op_type == "Div":
        return _fits(context, left, deviation(context, right))
    return _fits(context, left, inverse_deviation(context, right)) or _fits(
        context, right, inverse_deviation(context, left)
    )


def _scaled_inside(context: RewriteContext, value: ir.Value) -> tuple[Deviation | None, ir.Value | None]:
    """``(x - mean) * (rstd * gamma)``."""
    node = value.producer()
    if node is None or node.op_type != "Mul" or node.domain:
        return None, None
    for centred, scale in ((node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])):
        if scale is None:
            continue
        found = scaled_inverse(context, scale)
        statistics = _fits(context, centred, found[0]) if found is not None else None
        if found is not None and statistics is not None:
            return statistics, found[1]
    return None, None


def _fits(context: RewriteContext, centred: ir.Value | None, statistics: Deviation | None) -> Deviation | None:
    node = centred.producer() if centred is not None else None
    if statistics is None or centred is None or node is None or node.inputs[0] is not statistics.x:
        return None
    return statistics if centred_of(context, centred) == (statistics.x, statistics.mean) else None


def _as_line(context: RewriteContext, node: ir.Node) -> _Form | None:
    """``x * scale + shift`` with ``scale = rstd * gamma`` and ``shift = beta - mean * scale``."""
    for product, shift in ((node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])):
        maker = context.producer(product, node, "Mul")
        if maker is None or shift is None:
            continue
        for x, scale in ((maker.inputs[0], maker.inputs[1]), (maker.inputs[1], maker.inputs[0])):
            if x is None or scale is None:
                continue
            found = scaled_inverse(context, scale)
            if found is None or found[0].x is not x:
                continue
            statistics, gamma = found
            subtracted = node.op_type == "Sub" and shift is node.inputs[1]
            known, beta = _shift(context, shift, statistics.mean, scale, negated=subtracted)
            if known and (node.op_type == "Add" or subtracted):
                return _Form(statistics=statistics, gamma=gamma, beta=beta)
    return None


def _shift(
    context: RewriteContext, value: ir.Value, mean: ir.Value, scale: ir.Value, *, negated: bool
) -> tuple[bool, ir.Value | None]:
    """Whether ``value`` is ``beta - mean * scale`` (negated: ``mean * scale``), and ``beta``."""
    if negated:
        return _is_mean_times_scale(context, value, mean, scale, sign=1), None
    if _is_mean_times_scale(context, value, mean, scale, sign=-1):
        return True, None
    node = value.producer()
    found = split_constant(context, node) if node is not None and node.op_type in ("Add", "Sub") else None
    if node is None or found is None:
        return False, None
    if node.op_type == "Sub":
        right = found[2] == 0 and _is_mean_times_scale(context, found[0], mean, scale, sign=1)
    else:
        right = _is_mean_times_scale(context, found[0], mean, scale, sign=-1)
    return right, found[1]


def _is_mean_times_scale(
    context: RewriteContext, value: ir.Value, mean: ir.Value, scale: ir.Value, *, sign: int
) -> bool:
    node = value.producer()
    if node is None or node.domain:
        return False
    if node.op_type == "Neg" and sign < 0 and node.inputs[0] is not None:
        return _is_mean_times_scale(context, node.inputs[0], mean, scale, sign=1)
    if node.op_type != "Mul":
        return False
    for left, right in ((node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])):
        if right is scale and left is not None and _is_signed(context, left, mean, sign):
            return True
    return False


def _is_signed(context: RewriteContext, value: ir.Value, mean: ir.Value, sign: int) -> bool:
    if sign > 0:
        return value is mean
    node = value.producer()
    if node is None or node.domain:
        return False
    if node.op_type == "Neg":
        return node.inputs[0] is mean
    found = scalar_operand(context, node) if node.op_type == "Mul" else None
    return found is not None and found[0] is mean and is_close(found[1], -1.0)
