"""Images resized between sizes that are known while the model runs only: neighbours picked by computed places.

Formulas of the ONNX standard (Resize-19), in float32 as ONNX Runtime computes them; the cubic kernel is Keys' (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.backends.mindir.emitter import Emitter, Term
from modelwright.backends.mindir.terms import cast, counting, reshape, scalar
from modelwright.passes.opset.interpolation import HALF_WITHIN, Method

_FLOAT = ir.DataType.FLOAT
_LONG = ir.DataType.INT64
_DOUBLE = ir.DataType.DOUBLE
_STEPS = (-1, 0, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAxis:
    """How one axis is resized, in float32 tensors of rank 0.

    Attributes:
        size: Elements of the input.
        result: Elements of the output.
        scale: Output over input, as the coordinates use it.
    """

    size: Term
    result: Term
    scale: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """An axis of a tensor of some rank."""

    rank: int
    axis: int


def scaled(e: Emitter, size: Term, scale: Term) -> OpenAxis:
    """An axis whose factor is given."""
    return OpenAxis(size=size, result=e.op("Floor", e.op("Mul", size, scale)), scale=scale)


def sized(e: Emitter, size: Term, result: Term) -> OpenAxis:
    """An axis whose new size is given."""
    return OpenAxis(size=size, result=result, scale=e.op("Div", result, size))


def in_proportion(e: Emitter, pairs: Sequence[tuple[Term, Term]], policy: str) -> list[OpenAxis]:
    """Axes whose old and new sizes are given, of which the new ones are bounds that are kept in proportion."""
    ratios = [e.op("Div", after, size) for size, after in pairs]
    ratio = ratios[0]
    for other in ratios[1:]:
        ratio = e.op("Minimum" if policy == "not_larger" else "Maximum", ratio, other)
    results = [e.op("Floor", e.op("Add", e.op("Mul", size, ratio), _number(e, 0.5))) for size, _ in pairs]
    return [OpenAxis(size=size, result=after, scale=ratio) for (size, _), after in zip(pairs, results, strict=True)]


def resized(e: Emitter, x: Term, along: Along, axis: OpenAxis, method: Method) -> Term:
    """A tensor resized along an axis: of float32, but for ``nearest``, which takes any."""
    where = _coordinates(e, axis, method.coordinates)
    neighbours = _Neighbours(x=x, along=along, last=e.op("Sub", axis.size, _number(e, 1)))
    if method.mode == "nearest":
        return _picked(e, neighbours, _rounded(e, where, method.rounding))
    if method.mode == "linear":
        return _linear(e, neighbours, where)
    return _cubic(e, neighbours, where, method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Neighbours:
    """Elements of a tensor along an axis, the last of which has the number ``last``."""

    x: Term
    along: Along
    last: Term


def _number(e: Emitter, number: float) -> Term:
    return scalar(e, number, _FLOAT)


def _coordinates(e: Emitter, axis: OpenAxis, kind: str) -> Term:
    """Where each output element lies on the input's axis: float32[result]."""
    places = cast(e, counting(e, cast(e, axis.result, _LONG)), _FLOAT)
    one, half = _number(e, 1), _number(e, 0.5)
    if kind == "asymmetric":
        return e.op("Div", places, axis.scale)
    if kind == "align_corners":
        steps = e.op("Maximum", e.op("Sub", axis.result, one), one)
        return e.op("Div", e.op("Mul", places, e.op("Sub", axis.size, one)), steps)
    centres = e.op("Div", e.op("Add", places, half), axis.scale)
    if kind == "tf_half_pixel_for_nn":  # as ONNX Runtime has it, an axis that is not resized stays as it is
        return e.op("Select", e.op("Equal", axis.scale, one), places, centres)
    if kind == "half_pixel_symmetric":
        return _symmetric(e, axis, places)
    centres = e.op("Sub", centres, half)
    if kind == "pytorch_half_pixel":
        return e.op("Mul", centres, cast(e, e.op("Greater", axis.result, one), _FLOAT))
    return centres


def _symmetric(e: Emitter, axis: OpenAxis, places: Term) -> Term:
    """Centres moved by half of what the result's size was cut by; the sum is formed in float64, as in ONNX Runtime."""
    left = e.op("Sub", _number(e, 1), e.op("Div", axis.result, e.op("Mul", axis.scale, axis.size)))
    offset = cast(e, e.op("Mul", e.op("Mul", axis.size, _number(e, 0.5)), left), _DOUBLE)
    half = scalar(e, 0.5, _DOUBLE)
    centres = e.op("Div", e.op("Add", cast(e, places, _DOUBLE), half), cast(e, axis.scale, _DOUBLE))
    return cast(e, e.op("Sub", e.op("Add", offset, centres), half), _FLOAT)


def _rounded(e: Emitter, where: Term, rounding: str) -> Term:
    """Whole numbers; halves are told by the distance from the one below."""
    if rounding == "ceil":
        return e.op("Ceil", where)
    low = e.op("Floor", where)
    if rounding == "floor":
        return low
    upwards = rounding == "round_prefer_ceil"
    test, middle = ("GreaterEqual", 0.5 - HALF_WITHIN) if upwards else ("Greater", 0.5 + HALF_WITHIN)
    return e.op("Add", low, cast(e, e.op(test, e.op("Sub", where, low), _number(e, middle)), _FLOAT))


def _inside(e: Emitter, numbers: Term, last: Term) -> Term:
    return e.op("Minimum", e.op("Maximum", numbers, _number(e, 0)), last)


def _picked(e: Emitter, near: _Neighbours, numbers: Term) -> Term:
    """The elements of those numbers; beyond the ends, the first and the last."""
    return e.op("Gather", near.x, cast(e, _inside(e, numbers, near.last), _LONG), near.along.axis, 0)


def _weighted(e: Emitter, near: _Neighbours, numbers: Term, weights: Term) -> Term:
    """The elements of those numbers, each times its weight."""
    shape = [-1] + [1] * (near.along.rank - 1 - near.along.axis)
    return e.op("Mul", _picked(e, near, numbers), reshape(e, weights, shape))


def _linear(e: Emitter, near: _Neighbours, where: Term) -> Term:
    inside, one = _inside(e, where, near.last), _number(e, 1)
    low = e.op("Floor", inside)
    part = e.op("Sub", inside, low)
    below = _weighted(e, near, low, e.op("Sub", one, part))
    return e.op("Add", below, _weighted(e, near, e.op("Add", low, one), part))


def _cubic(e: Emitter, near: _Neighbours, where: Term, method: Method) -> Term:
    """Four neighbours; those outside are left out or take the values at the ends."""
    base = e.op("Floor", where)
    part = e.op("Sub", where, base)
    numbers = [e.op("Add", base, _number(e, step)) for step in _STEPS]
    weights = [_weight(e, part, step, method.cubic) for step in _STEPS]
    if method.exclude_outside:
        weights = _left_out(e, numbers, weights, near.last)
    return _sum(e, [_weighted(e, near, *pair) for pair in zip(numbers, weights, strict=True)])


def _weight(e: Emitter, part: Term, step: int, a: float) -> Term:
    """The kernel at the distance of a neighbour, as a polynomial of it."""
    distance = e.op("Abs", e.op("Sub", part, _number(e, step)))
    factors = (a + 2, -(a + 3), 0.0, 1.0) if step in (0, 1) else (a, -5 * a, 8 * a, -4 * a)
    value = _number(e, factors[0])
    for factor in factors[1:]:
        value = e.op("Add", e.op("Mul", value, distance), _number(e, factor))
    return value


def _left_out(e: Emitter, numbers: Sequence[Term], weights: Sequence[Term], last: Term) -> list[Term]:
    """Weights without those of neighbours outside, which add up to one again."""
    left = [
        e.op("Mul", weight, cast(e, e.op("Equal", number, _inside(e, number, last)), _FLOAT))
        for number, weight in zip(numbers, weights, strict=True)
    ]
    total = _sum(e, left)
    return [e.op("Div", weight, total) for weight in left]


def _sum(e: Emitter, terms: Sequence[Term]) -> Term:
    total = terms[0]
    for term in terms[1:]:
        total = e.op("Add", total, term)
    return total
