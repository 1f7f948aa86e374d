"""What the definitions of operators say about numbers that are the batch.

The batch is a number before and is to become anything. Each rule looks at a node whose inputs have the batch where they
should and asks whether its result will; an entry is rewritten only if the operator's definition leaves one reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import onnx_ir as ir

from modelwright.hub.shape_rules.structure import resolve_reshape
from modelwright.hub.shape_rules.windows import flag
from modelwright.passes.rebatch.layout import Place, place_after_reshape
from modelwright.passes.rebatch.walk import BATCH, Walk

_ENDLESS = 2**31 - 1


def reshape(walk: Walk, node: ir.Node) -> None:
    """The batch stays where the order of elements puts it; the entry for that dimension is the batch."""
    data, wanted = node.inputs[0], walk.contents(node, 1)
    if data is None or wanted is None or not walk.multiples(data):
        return
    given, result = walk.old_shape(data), walk.old_shape(node.outputs[0])
    shape, place = walk.new.static_shape(data), walk.place(data)
    if given is None or result is None or shape is None:
        return
    natural = _resolved(node, shape, wanted)
    units = [dim // BATCH if isinstance(dim, int) and dim and dim % BATCH == 0 else None for dim in natural]
    after = None if place is None else place_after_reshape(given, place, result, walk.batch, units)
    if after is None:
        walk.hinder(node, f"from {list(given)} to {list(result)} leaves open where the batch goes")
        return
    times = result[after.axis] // walk.batch
    expected = tuple(times * BATCH if axis == after.axis else size for axis, size in enumerate(result))
    if natural != expected:
        _fix_target(walk, node, wanted, shape, after, times, expected, place)
    if times > 1:
        walk.places[node.outputs[0]] = after


def _fix_target(
    walk: Walk,
    node: ir.Node,
    wanted: list[int],
    shape: tuple[int, ...],
    after: Place,
    times: int,
    expected: tuple[int, ...],
    before: Place | None,
) -> None:
    rewritten = [times * BATCH if axis == after.axis else entry for axis, entry in enumerate(wanted)]
    same = before is not None and before.axis == after.axis and before.inner == 1 == after.inner
    open_target = wanted[after.axis] <= 0
    if open_target or _resolved(node, shape, rewritten) != expected:
        walk.hinder(node, f"to {wanted} cannot be given another batch")
        return
    copies = same and times == 1 and not flag(node, "allowzero")
    walk.fix_entries(node, 1, {after.axis: times}, frozenset({after.axis}) if copies else frozenset())


def _resolved(node: ir.Node, shape: tuple[int, ...], wanted: Sequence[int]) -> tuple[object, ...]:
    return resolve_reshape(shape, list(wanted), allowzero=bool(flag(node, "allowzero")))


def expand(walk: Walk, node: ir.Node) -> None:
    """Data with the batch are broadcast against the entry at its dimension, which was the batch or 1."""
    data, wanted = node.inputs[0], walk.contents(node, 1)
    if data is None or wanted is None:
        return
    for axis, times in walk.multiples(data):
        rank = len(walk.new.shape(data) or ())
        place = axis - rank + len(wanted)
        if place >= 0 and wanted[place] == times * walk.batch and wanted[place] != 1:
            walk.fix_entries(node, 1, {place: times}, frozenset())


def slice_(walk: Walk, node: ir.Node) -> None:
    """A slice that was all of the batch's dimension stays all of it."""
    data, ends = node.inputs[0], walk.contents(node, 2)
    starts = walk.contents(node, 1)
    if data is None or starts is None or ends is None or not walk.multiples(data):
        return
    shape = walk.new.static_shape(data)
    given, result = walk.old_shape(data), walk.old_shape(node.outputs[0])
    axes = walk.contents(node, 3) or list(range(len(starts)))
    steps = walk.contents(node, 4) or [1] * len(axes)
    if shape is None or given is None or result is None:
        return
    for axis, times in walk.multiples(data):
        for index, cut in enumerate(axes):
            if cut % len(shape) != axis or steps[index] == -1:
                continue
            whole = given[axis] == result[axis] and starts[index] in (0, -given[axis]) and steps[index] == 1
            if not whole:
                walk.hinder(node, f"takes a part of the batch (dimension {axis} from {starts[index]} to {ends[index]})")
            elif 0 < ends[index] < min(shape[axis], _ENDLESS):
                walk.fix_entries(node, 2, {index: times}, frozenset())


def resize(walk: Walk, node: ir.Node) -> None:
    """The batch is not resized: where old size and entry are equal, the entry is the batch."""
    data, sizes = node.inputs[0], walk.contents(node, 3)
    given = None if data is None else walk.old_shape(data)
    if data is None or sizes is None or given is None or len(sizes) != len(given):
        return
    for axis, times in walk.multiples(data):
        if sizes[axis] == given[axis]:
            walk.fix_entries(node, 3, {axis: times}, frozenset())


def concat(walk: Walk, node: ir.Node) -> None:
    """All inputs have one size in the dimensions that are not joined."""
    batches = [found for value in node.inputs if value is not None and len(found := walk.multiples(value)) == 1]
    shapes = [None if value is None else walk.new.static_shape(value) for value in node.inputs]
    if not batches or any(shape is None for shape in shapes):
        return
    axis, times = batches[0][0]
    if node.attributes["axis"].as_int() % len(shapes[0] or (0,)) == axis:
        if len(node.inputs) > 1:
            walk.hinder(node, "joins along the batch")
        return
    for index, shape in enumerate(shapes):
        if shape is not None and axis < len(shape) and shape[axis] == times * walk.batch:
            demand(walk, node, index, axis, times)


def recurrent(walk: Walk, node: ir.Node) -> None:
    """Lengths and initial states have the batch of the sequence."""
    data = node.inputs[0]
    first = flag(node, "layout")
    found = walk.multiples(data) if data is not None else []
    if [axis for axis, _ in found] != [0 if first else 1]:
        return
    times = found[0][1]
    for index, axis in ((4, 0), (5, 0 if first else 1), (6, 0 if first else 1)):
        value = node.inputs[index] if len(node.inputs) > index else None
        shape = walk.new.static_shape(value) if value is not None else None
        if shape is not None and axis < len(shape) and shape[axis] == times * walk.batch:
            demand(walk, node, index, axis, times)


def broadcast(walk: Walk, node: ir.Node) -> None:
    """Where one input has the batch, another's size other than 1 must be the batch too."""
    shapes = [None if value is None else walk.new.static_shape(value) for value in node.inputs]
    if walk.batch == 1 or any(shape is None for shape in shapes):
        return
    for value, shape in zip(node.inputs, shapes, strict=True):
        for axis, times in walk.multiples(value) if value is not None else []:
            back = axis - len(shape or ())
            for index, other in enumerate(shapes):
                if other is not None and len(other) >= -back and other[back] == times * walk.batch:
                    demand(walk, node, index, back + len(other), times)


def demand(walk: Walk, node: ir.Node, index: int, axis: int, times: int) -> None:
    """An input must have the batch at ``axis``: what fills it is told so, or its one row is repeated."""
    value = node.inputs[index]
    if value is None:
        return
    maker = value.producer()
    if maker is not None and len(value.uses()) == 1 and _fill(walk, maker, axis, times):
        return
    shape = walk.new.static_shape(value)
    if shape is not None and shape[axis] == 1:
        walk.fix_rows(node, index, axis, times)
    else:
        walk.hinder(node, f"needs the batch in {value.name!r}, which holds {walk.batch} rows")


def _fill(walk: Walk, maker: ir.Node, axis: int, times: int) -> bool:
    """Rewrites the entry for ``axis`` of a ConstantOfShape or Expand; whether there was one."""
    index = {"ConstantOfShape": 0, "Expand": 1}.get(maker.op_type)
    wanted = walk.contents(maker, index) if index is not None and maker.domain == "" else None
    output = maker.outputs[0]
    rank = len(walk.new.shape(output) or ())
    if index is None or wanted is None or len(wanted) != rank or wanted[axis] != times * walk.batch:
        return False
    walk.fix_entries(maker, index, {axis: times}, frozenset())
    output.shape = None
    walk.new.forget(output)
    walk.new.shape(output)
    return True


RULES: Mapping[str, Callable[[Walk, ir.Node], None]] = {
    "Reshape": reshape,
    "Expand": expand,
    "Slice": slice_,
    "Resize": resize,
    "Concat": concat,
    **dict.fromkeys(
        (
            "LSTM",
            "GRU",
            "RNN",
        ),
        recurrent,
    ),
    **dict.fromkeys(
        (
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Pow",
            "Where",
            "Max",
            "Min",
            "And",
            "Or",
            "Equal",
            "Less",
            "Greater",
        ),
        broadcast,
    ),
}
"""Operators of the default domain whose inputs may hold the batch as a number; looked at before they are inferred."""
