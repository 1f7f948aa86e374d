"""When a change of input shapes is a change of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.passes.set_shapes import ShapeChange

_DENOTED = "DATA_BATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChange:
    """A batch that changes.

    Attributes:
        axes: Input to its batch dimension.
        old: The size it had; 1 where it was free.
        new: The size it gets: a number, or a name or None for a free one.
        was_fixed: Whether it was a number before.
        only: Whether no other dimension changes.
    """

    axes: Mapping[str, int]
    old: int
    new: Dim
    was_fixed: bool
    only: bool


def batch_change(model: ir.Model, changes: Sequence[ShapeChange]) -> BatchChange | None:
    """What of ``changes`` is a change of the batch, or None.

    The batch is the dimension denoted ``DATA_BATCH``, else the first, of each input whose size there changes, all from
    one old size to one new size.
    """
    inputs = {value.name: value for value in model.graph.inputs}
    axes: dict[str, int] = {}
    pairs: list[tuple[Dim, Dim]] = []
    others = False
    for change in changes:
        if change.old is None or len(change.old) != len(change.new) or not change.new:
            others = True
            continue
        axis = _batch_axis(inputs[change.name])
        if change.old[axis] != change.new[axis]:
            axes[change.name] = axis
            pairs.append((change.old[axis], change.new[axis]))
        others |= any(
            old != new
            for place, (old, new) in enumerate(zip(change.old, change.new, strict=True))
            if place != axis and isinstance(old, int)
        )
    if not pairs or any(pair != pairs[0] for pair in pairs):
        return None
    old, new = pairs[0]
    if not isinstance(old, int) and not isinstance(new, int):
        return None
    return BatchChange(
        axes=axes, old=old if isinstance(old, int) else 1, new=new, was_fixed=isinstance(old, int), only=not others
    )


def _batch_axis(value: ir.Value) -> int:
    shape = value.shape
    if shape is None:
        return 0
    denoted = [axis for axis in range(len(shape)) if shape.get_denotation(axis) == _DENOTED]
    return denoted[0] if denoted else 0
