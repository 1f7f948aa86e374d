"""Rewrites what fixes the batch of a network, for a new size or for a free one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.hub.names import NameScope
from modelwright.hub.shapes import Shapes
from modelwright.passes.rebatch.change import BatchChange
from modelwright.passes.rebatch.found import Fixed, FixedEntries, FixedRows

_ENDLESS = 2**63 - 1


def rewrite_batch(
    model: ir.Model, change: BatchChange, fixed: tuple[Fixed, ...], originals: Mapping[ir.Node, ir.Node]
) -> tuple[str, ...]:
    """Rewrites, in place, everything that provably is the batch.

    Args:
        model: The model; its inputs have their new shapes.
        change: The change of the batch.
        fixed: What a trace found.
        originals: The trace's nodes to the model's.

    Returns:
        A phrase for each rewriting.
    """
    rewriter = _Rewriter(model, change)
    for item in fixed:
        node = originals[item.node]
        if isinstance(item, FixedEntries):
            rewriter.entries(node, item)
        else:
            rewriter.rows(node, item)
    return tuple(f"rebatch {item}" for item in fixed)


class _Rewriter:
    """Writes numbers where the new batch is one, else computes them from an input's shape."""

    def __init__(self, model: ir.Model, change: BatchChange) -> None:
        opset = model.graph.opset_imports.get("", 0)
        self._model = model
        self._names = NameScope.of_graph(model.graph)
        self._op = OpsetBuilder(model.graph, opset, names=self._names, shapes=Shapes(opset), constants=model.graph)
        self._change = change

    def entries(self, node: ir.Node, item: FixedEntries) -> None:
        """Gives entries of an integer input the new batch."""
        value = node.inputs[item.index]
        if value is None:
            return
        op = self._before(node)
        numbers = {at: self._number(node, item, at) for at in item.multiples}
        if _is_constant(value) and None not in numbers.values():
            entries = [numbers.get(at, entry) for at, entry in enumerate(item.contents)]
            node.replace_input_with(item.index, op.constant(np.asarray(entries, np.int64)))
            return
        pieces = [self._piece(op, value, at, numbers.get(at), item) for at in range(len(item.contents))]
        node.replace_input_with(item.index, op.Concat(*pieces, axis=0))

    def rows(self, node: ir.Node, item: FixedRows) -> None:
        """Repeats an input's single row for each sample."""
        value = node.inputs[item.index]
        if value is None:
            return
        op = self._before(node)
        if isinstance(self._change.new, int):
            size = item.multiple * self._change.new
            wanted = op.ints([size if axis == item.axis else 1 for axis in range(item.rank)])
        else:
            size = self._sized(op, item.multiple)
            wanted = op.Concat(*[size if axis == item.axis else op.ints(1) for axis in range(item.rank)], axis=0)
        node.replace_input_with(item.index, op.Expand(value, wanted))

    def _before(self, node: ir.Node) -> OpsetBuilder:
        op = self._op
        if node.graph is not None:
            op.graph = node.graph  # pyright: ignore[reportAttributeAccessIssue]  functions were inlined
        op.before, op.origin = node, node.name or ""
        return op

    def _number(self, node: ir.Node, item: FixedEntries, at: int) -> int | None:
        """The entry as a number, if it can be one: 0 and -1 of Reshape serve for a free batch."""
        times = item.multiples[at]
        if isinstance(self._change.new, int):
            return times * self._change.new
        if node.op_type == "Reshape":
            if at in item.copied:
                return 0
            return -1 if -1 not in item.contents else None
        return _ENDLESS if node.op_type == "Slice" else None

    def _piece(self, op: OpsetBuilder, value: ir.Value, at: int, number: int | None, item: FixedEntries) -> ir.Value:
        """One entry of the new list, as a vector of one."""
        if number is not None:
            return op.ints(number)
        if at in item.multiples:
            return self._sized(op, item.multiples[at])
        if _is_constant(value):
            return op.ints(item.contents[at])
        return op.Gather(value, op.ints(at), axis=0)

    def _sized(self, op: OpsetBuilder, times: int) -> ir.Value:
        """So many times the batch, as a vector of one."""
        if isinstance(self._change.new, int):
            return op.ints(times * self._change.new)
        name, axis = next(iter(self._change.axes.items()))
        source = next(value for value in self._model.graph.inputs if value.name == name)
        batch = op.Gather(op.Shape(source), op.ints(axis), axis=0)
        return batch if times == 1 else op.Mul(batch, op.ints(times))


def _is_constant(value: ir.Value) -> bool:
    producer = value.producer()
    return producer is None or (producer.op_type == "Constant" and producer.domain == "")
