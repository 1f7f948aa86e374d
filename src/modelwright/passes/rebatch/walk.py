"""The state of a trace: the model inferred at two batches, and what was rewritten so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from modelwright.hub.shapes import Shapes
from modelwright.passes.bodies import named
from modelwright.passes.rebatch.found import Fixed, FixedEntries, FixedRows
from modelwright.passes.rebatch.layout import Place

BATCH = 1_000_003
"""A prime greater than the sizes of networks."""


@dataclass(slots=True)
class Walk:
    """One trace in progress.

    Attributes:
        old: Inference at the old batch, on a copy of the model.
        new: Inference at ``BATCH``, on another copy, which is rewritten on the way.
        batch: The old batch.
        twins: Value of the second copy to the same value of the first.
        places: Values in which the batch is not the whole of its dimension, and where it is.
        fixed: What was rewritten.
        obstacles: What could not be.
    """

    old: Shapes
    new: Shapes
    batch: int
    twins: dict[ir.Value, ir.Value]
    places: dict[ir.Value, Place] = field(default_factory=dict[ir.Value, Place])
    fixed: list[Fixed] = field(default_factory=list[Fixed])
    obstacles: list[str] = field(default_factory=list[str])

    def old_shape(self, value: ir.Value) -> tuple[int, ...] | None:
        """Sizes at the old batch, or None if one is not known."""
        twin = self.twins.get(value)
        return None if twin is None else self.old.static_shape(twin)

    def multiples(self, value: ir.Value) -> list[tuple[int, int]]:
        """The value's batch dimensions and how many times the batch they are; none when its shape is not known."""
        shape = self.new.shape(value) or ()
        return [
            (axis, dim // BATCH) for axis, dim in enumerate(shape) if isinstance(dim, int) and dim and not dim % BATCH
        ]

    def place(self, value: ir.Value) -> Place | None:
        """Where the batch is in a value, or None when it has none or that is not known."""
        found = self.multiples(value)
        if len(found) != 1:
            return None
        axis, times = found[0]
        return Place(axis=axis, inner=1) if times == 1 else self.places.get(value)

    def contents(self, node: ir.Node, index: int) -> list[int] | None:
        """An integer input at ``BATCH`` as numbers, or None when an entry is not known."""
        value = node.inputs[index] if len(node.inputs) > index else None
        found = self.new.contents(value) if value is not None else None
        if found is None:
            array = self.new.constant(value) if value is not None else None
            found = array.astype(object) if array is not None and array.dtype.kind in "iu" else None
        entries = None if found is None else found.reshape(-1).tolist()
        return entries if entries is not None and all(isinstance(item, int) for item in entries) else None

    def fix_entries(self, node: ir.Node, index: int, multiples: Mapping[int, int], copied: frozenset[int]) -> None:
        """Notes entries as the batch, and makes them so in the copy."""
        entries = self.contents(node, index) or []
        known = [entry // BATCH * self.batch if entry and entry % BATCH == 0 else entry for entry in entries]
        before = tuple(times * self.batch if (times := multiples.get(at)) else entry for at, entry in enumerate(known))
        self.fixed.append(FixedEntries(node=node, index=index, contents=before, multiples=multiples, copied=copied))
        wanted = [multiples[place] * BATCH if place in multiples else entry for place, entry in enumerate(entries)]
        node.replace_input_with(index, _constant(wanted))

    def fix_rows(self, node: ir.Node, index: int, axis: int, times: int) -> None:
        """Notes that an input must be repeated for each sample, and repeats it in the copy."""
        value = node.inputs[index]
        shape = self.new.static_shape(value) if value is not None else None
        if value is None or shape is None or node.graph is None:
            return
        self.fixed.append(
            FixedRows(node=node, index=index, value=value.name or "", axis=axis, rank=len(shape), multiple=times)
        )
        wanted = [times * BATCH if place == axis else size for place, size in enumerate(shape)]
        expand = ir.Node("", "Expand", [value, _constant(wanted)], num_outputs=1)
        expand.outputs[0].name = f"{value.name}/rows"
        node.graph.insert_before(node, expand)
        node.replace_input_with(index, expand.outputs[0])

    def hinder(self, node: ir.Node, reason: str) -> None:
        """Notes an obstacle."""
        self.obstacles.append(f"{named(node)} {reason}")


def _constant(entries: Sequence[int]) -> ir.Value:
    array = np.asarray(entries, dtype=np.int64)
    tensor = ir.Tensor(array, name="rebatched")
    shape = ir.Shape(array.shape)
    return ir.Value(name="rebatched", shape=shape, type=ir.TensorType(ir.DataType.INT64), const_value=tensor)
