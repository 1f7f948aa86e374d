"""How a positive factor for each channel passes through operators: which channel each entry of their output holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.shape_rules.windows import flag, text
from modelwright.rewrites.context import RewriteContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Which factor the entries of a value along one axis bear.

    Attributes:
        axis: The axis, from the front.
        channels: Number of the factor for each entry; -1 where there is none.
    """

    axis: int
    channels: np.ndarray

    def moved(self, axis: int) -> Labels:
        """The same at another axis."""
        return Labels(axis=axis, channels=self.channels)


Known = Mapping[ir.Value, Labels]
Passed = Mapping[ir.Value, Labels] | None
"""Labels of a node's outputs; None when factors do not pass."""

Rule = Callable[[RewriteContext, ir.Node, Known], Passed]

_RULES: dict[str, Rule] = {}


def passing(*op_types: str) -> Callable[[Rule], Rule]:
    """Registers the decorated function for operators of the default domain."""

    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(op_types, rule))
        return rule

    return register


def pass_through(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """Labels of a node's outputs, given those of its inputs; None if it computes something else on scaled channels."""
    rule = _RULES.get(node.op_type) if not node.domain else None
    return rule(context, node, known) if rule is not None else None


def _first(node: ir.Node, known: Known) -> Labels | None:
    """Labels of the first input, if it is the only one that has any."""
    scaled = [place for place, value in enumerate(node.inputs) if value is not None and value in known]
    return known[node.inputs[0]] if scaled == [0] and node.inputs[0] is not None else None


def _sizes(context: RewriteContext, value: ir.Value | None) -> tuple[int | str | None, ...] | None:
    return None if value is None else context.shape(value)


@passing("Relu", "LeakyRelu", "PRelu", "Identity", "Dropout", "Neg", "Abs")
def _elementwise(_context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """f(a x) = a f(x) for a > 0."""
    labels = _first(node, known)
    extra = any(value.uses() for value in node.outputs[1:])
    return None if labels is None or extra else {node.outputs[0]: labels}


@passing("Clip")
def _clip(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """Only bounds that scaling does not move: zero and infinity."""
    labels = _first(node, known)
    bounds = [context.scalar(value) for value in node.inputs[1:] if value is not None]
    fixed = all(bound is not None and (bound == 0.0 or np.isinf(bound) or abs(bound) > 3e38) for bound in bounds)
    return {node.outputs[0]: labels} if labels is not None and fixed else None


@passing("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "GlobalLpPool")
def _pool(_context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels = _first(node, known)
    extra = any(value.uses() for value in node.outputs[1:])
    return {node.outputs[0]: labels} if labels is not None and labels.axis == 1 and not extra else None


@passing("Pad")
def _pad(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """Zeros, or copies, around other axes."""
    labels = _first(node, known)
    pads = context.ints(node.inputs[1]) if len(node.inputs) > 1 else None
    if labels is None or pads is None or (len(node.inputs) > 3 and node.inputs[3] is not None):
        return None
    value = node.inputs[2] if len(node.inputs) > 2 else None
    zero = value is None or context.scalar(value) == 0.0 or text(node, "mode", "constant") != "constant"
    rank = len(pads) // 2
    return {node.outputs[0]: labels} if zero and not pads[labels.axis] and not pads[rank + labels.axis] else None


@passing("Resize")
def _resize(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels = _first(node, known)
    before, after = _sizes(context, node.inputs[0]), _sizes(context, node.outputs[0])
    if labels is None or before is None or after is None:
        return None
    kept = before[labels.axis] == after[labels.axis] == labels.channels.size
    crops = text(node, "coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize"
    return {node.outputs[0]: labels} if kept and not crops else None


@passing("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL1", "ReduceL2")
def _reduce(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels, rank = _first(node, known), context.rank(node.outputs[0])
    before = _sizes(context, node.inputs[0])
    axes = _axes(context, node, len(before or ()))
    if labels is None or rank is None or before is None or not axes or labels.axis in axes:
        return None
    gone = 0 if flag(node, "keepdims", 1) else sum(axis < labels.axis for axis in axes)
    return {node.outputs[0]: labels.moved(labels.axis - gone)}


def _axes(context: RewriteContext, node: ir.Node, rank: int) -> list[int] | None:
    """The axes of a reduction or Squeeze, from the front; None if unknown or all."""
    if "axes" in node.attributes:
        axes: list[int] | None = list(node.attributes["axes"].as_ints())
    else:
        axes = context.ints(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if axes is None or not rank else [axis % rank for axis in axes]


@passing("Squeeze")
def _squeeze(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels = _first(node, known)
    axes = _axes(context, node, len(_sizes(context, node.inputs[0]) or ()))
    if labels is None or axes is None or labels.axis in axes:
        return None
    return {node.outputs[0]: labels.moved(labels.axis - sum(axis < labels.axis for axis in axes))}


@passing("Transpose")
def _transpose(_context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels = _first(node, known)
    if labels is None or "perm" not in node.attributes:
        return None
    return {node.outputs[0]: labels.moved(list(node.attributes["perm"].as_ints()).index(labels.axis))}


@passing("Flatten", "Reshape")
def _reshape(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """Axes before and after the channels may be split and joined; joined with later ones, channels repeat."""
    labels = _first(node, known)
    before, after = _sizes(context, node.inputs[0]), _sizes(context, node.outputs[0])
    if labels is None or before is None or after is None:
        return None
    if labels.axis == len(before) - 1 and after and after[-1] == labels.channels.size:
        return {node.outputs[0]: labels.moved(len(after) - 1)}
    if labels.axis >= len(after) or before[: labels.axis] != after[: labels.axis] or None in before[: labels.axis]:
        return None
    if after[labels.axis] == labels.channels.size:
        return {node.outputs[0]: labels}
    behind = [dim for dim in before[labels.axis + 1 :] if isinstance(dim, int)]
    repeats = int(np.prod(behind, dtype=np.int64))
    joined = len(behind) == len(before) - labels.axis - 1 and len(after) == labels.axis + 1
    if not joined or after[-1] != labels.channels.size * repeats:
        return None
    return {node.outputs[0]: Labels(axis=labels.axis, channels=np.repeat(labels.channels, repeats))}


@passing("Concat")
def _concat(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """Along the channels: each input brings its own; along another axis: all must be scaled alike."""
    rank = context.rank(node.outputs[0])
    inputs = [value for value in node.inputs if value is not None]
    found = [known[value] for value in inputs if value in known]
    if rank is None or len({labels.axis for labels in found}) != 1:
        return None
    axis = node.attributes["axis"].as_int() % rank
    if axis != found[0].axis:
        alike = len(found) == len(inputs) and all(np.array_equal(a.channels, found[0].channels) for a in found)
        return {node.outputs[0]: found[0]} if alike else None
    parts: list[np.ndarray] = []
    for value in inputs:
        size = (_sizes(context, value) or (None,) * rank)[axis]
        if value in known:
            parts.append(known[value].channels)
        elif isinstance(size, int):
            parts.append(np.full(size, -1))
        else:
            return None
    return {node.outputs[0]: Labels(axis=axis, channels=np.concatenate(parts))}


@passing("Split")
def _split(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    labels, rank = _first(node, known), context.rank(node.outputs[0])
    if labels is None or rank is None:
        return None
    axis = flag(node, "axis") % rank
    if axis != labels.axis:
        return dict.fromkeys(node.outputs, labels)
    sizes = [(_sizes(context, value) or (None,) * rank)[axis] for value in node.outputs]
    known_sizes = [size for size in sizes if isinstance(size, int)]
    if len(known_sizes) != len(sizes) or sum(known_sizes) != labels.channels.size:
        return None
    parts = np.split(labels.channels, np.cumsum(known_sizes)[:-1])
    return {value: Labels(axis=axis, channels=part) for value, part in zip(node.outputs, parts, strict=True)}


@passing("Mul", "Div")
def _times(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """One factor is scaled, or the dividend."""
    places = [place for place, value in enumerate(node.inputs) if value is not None and value in known]
    if len(places) != 1 or (node.op_type == "Div" and places != [0]):
        return None
    scaled = node.inputs[places[0]]
    rank, own = context.rank(node.outputs[0]), None if scaled is None else context.rank(scaled)
    if scaled is None or rank is None or own is None:
        return None
    labels = known[scaled]
    after = _sizes(context, node.outputs[0])
    moved = labels.axis + rank - own
    fits = after is not None and after[moved] == labels.channels.size
    return {node.outputs[0]: labels.moved(moved)} if fits else None


@passing("Add", "Sub", "Max", "Min", "Sum")
def _plus(context: RewriteContext, node: ir.Node, known: Known) -> Passed:
    """All operands are scaled alike."""
    found = [known.get(value) for value in node.inputs if value is not None]
    first = found[0] if found else None
    ranks = {context.rank(value) for value in (*node.inputs, node.outputs[0]) if value is not None}
    if first is None or len(ranks) != 1 or None in ranks:
        return None
    alike = all(
        labels is not None and labels.axis == first.axis and np.array_equal(labels.channels, first.channels)
        for labels in found
    )
    return {node.outputs[0]: first} if alike else None
