"""Smallest and largest value and mean square of every channel of some tensors, reduced where they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.quantize.session import ModelRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRanges:
    """What the channels of a tensor held.

    Attributes:
        low: ``[C]`` float64, at most 0.
        high: ``[C]`` float64, at least 0.
        mean_square: ``[C]`` float64.
        filled: ``[C]`` float64, share of the numbers that are not zero.
    """

    low: np.ndarray
    high: np.ndarray
    mean_square: np.ndarray
    filled: np.ndarray


def channel_ranges(
    model: ir.Model, tensors: Mapping[str, int], feeds: Iterable[Mapping[str, np.ndarray]]
) -> dict[str, ChannelRanges]:
    """Runs a model over some batches and measures channels.

    Only the reduced numbers leave the runtime, so memory does not depend on the number or size of the tensors.

    Args:
        model: The model; not changed.
        tensors: Axis of the channels, from the front, by name of a tensor of the main graph.
        feeds: Batches.

    Returns:
        By name; tensors that were empty in every batch are missing.
    """
    if not tensors:
        return {}
    twin = model.clone()
    asked = _add_reductions(twin, tensors)
    totals: dict[str, list[np.ndarray]] = {}
    with ModelRuns(twin) as runs:
        runner = runs.runner(asked)
        for results, _ in runner.stream(feeds):
            for name in tensors:
                _take(totals, name, [results[output] for output in _names(name)])
    return {name: _finished(parts) for name, parts in totals.items()}


def _names(name: str) -> tuple[str, ...]:
    return tuple(f"{name}/{part}" for part in ("low", "high", "square", "filled", "count"))


def _add_reductions(model: ir.Model, tensors: Mapping[str, int]) -> list[str]:
    """Makes the reductions the model's only outputs; returns their names."""
    graph = model.graph
    values = {value.name: value for node in graph for value in node.outputs}
    values.update({value.name: value for value in graph.inputs})
    op = OpsetBuilder(graph, graph.opset_imports.get("", 0))
    outputs: list[ir.Value] = []
    for name, axis in tensors.items():
        value = values[name]
        shape = op.shape(value) or ()
        axes = [place for place in range(len(shape)) if place != axis]
        numbers = op.cast(value, ir.DataType.FLOAT)
        parts = [op.reduce(kind, numbers, axes, keepdims=False) for kind in ("ReduceMin", "ReduceMax")]
        parts.append(op.reduce("ReduceSum", op.Mul(numbers, numbers), axes, keepdims=False))
        parts.append(op.reduce("ReduceSum", op.Abs(op.Sign(numbers)), axes, keepdims=False))
        parts.append(op.Size(value))
        outputs.extend(_named(op, part, wish) for part, wish in zip(parts, _names(name), strict=True))
    graph.outputs[:] = outputs
    return [output.name or "" for output in outputs]


def _named(op: OpsetBuilder, value: ir.Value, name: str) -> ir.Value:
    result: ir.Value = op.Identity(value)
    result.name = name
    return result


def _take(totals: dict[str, list[np.ndarray]], name: str, parts: Sequence[np.ndarray]) -> None:
    low, high, square, filled, count = (np.asarray(part, dtype=np.float64) for part in parts)
    if not count:
        return
    if name not in totals:
        totals[name] = [
            np.zeros_like(low),
            np.zeros_like(high),
            np.zeros_like(square),
            np.zeros_like(filled),
            np.zeros_like(count),
        ]
    kept = totals[name]
    sums = [old + new for old, new in zip(kept[2:], (square, filled, count), strict=True)]
    totals[name] = [np.minimum(kept[0], low), np.maximum(kept[1], high), *sums]


def _finished(parts: Sequence[np.ndarray]) -> ChannelRanges:
    low, high, square, filled, count = parts
    each = count / low.size
    return ChannelRanges(low=low, high=high, mean_square=square / each, filled=filled / each)
