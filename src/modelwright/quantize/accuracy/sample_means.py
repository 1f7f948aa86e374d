"""Mean of each channel of some tensors, for every sample, computed inside the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from modelwright.hub.emitters import OpsetBuilder
from modelwright.quantize.session import ModelRuns

_FLAT = 2
"""Rank of a tensor that holds nothing but samples and channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOf:
    """A value from which the means of a tensor follow.

    Attributes:
        name: The value: ``[samples, C]``, or the tensor itself where its rank is not known or nothing is to be reduced.
        node: Name of the node that makes it.
        axis: Axis of the channels in it, from the end.
    """

    name: str
    node: str
    axis: int

    def take(self, array: np.ndarray) -> np.ndarray:
        """The means, float64 ``[samples, C]``, from the value."""
        channels = np.moveaxis(array, self.axis, -1)
        rows = channels.reshape(channels.shape[0] if channels.ndim > 1 else 1, -1, channels.shape[-1])
        return rows.mean(axis=1, dtype=np.float64)


def add_means(model: ir.Model, tensors: Mapping[str, int]) -> dict[str, MeanOf]:
    """Adds nodes that compute means, each behind the node whose output it looks at.

    Args:
        model: The model, changed in place; it computes nothing else than before.
        tensors: Axis of the channels, from the end (negative), by name of an output of a node of the main graph.
    """
    graph = model.graph
    makers = {value.name: node for node in list(graph) for value in node.outputs}
    op = OpsetBuilder(graph, graph.opset_imports.get("", 0))
    found: dict[str, MeanOf] = {}
    for name, axis in tensors.items():
        node = makers[name]
        value = next(value for value in node.outputs if value.name == name)
        shape = op.shape(value)
        if shape is None or len(shape) <= _FLAT:
            found[name] = MeanOf(name=name, node=node.name or "", axis=axis)
            continue
        axes = [place for place in range(1, len(shape)) if place != len(shape) + axis]
        mean = op.reduce("ReduceMean", value, axes, keepdims=False)
        maker = mean.producer()
        if maker is not None:
            graph.remove(maker)
            graph.insert_after(node, maker)
            mean.name, maker.name = f"{name}/mean", f"{name}/mean"
            found[name] = MeanOf(name=f"{name}/mean", node=f"{name}/mean", axis=-1)
    return found


def sample_means(
    model: ir.Model, tensors: Mapping[str, int], feeds: Iterable[Mapping[str, np.ndarray]]
) -> dict[str, list[np.ndarray]]:
    """Runs a model over some batches and takes the means.

    Args:
        model: The model; not changed.
        tensors: As for ``add_means``.
        feeds: Batches.

    Returns:
        For each tensor and batch float64 ``[samples, C]``.
    """
    if not tensors:
        return {}
    twin = model.clone()
    means = add_means(twin, tensors)
    found: dict[str, list[np.ndarray]] = {name: [] for name in means}
    with ModelRuns(twin) as runs:
        for outputs, _ in runs.runner([mean.name for mean in means.values()]).stream(feeds):
            for name, mean in means.items():
                found[name].append(mean.take(outputs[mean.name]))
    return found
