"""Balances the channels of a model: equalization between layers and SmoothQuant, from one look at the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.balance import best_factors
from modelwright.quantize.accuracy.branches import Branches, all_branches
from modelwright.quantize.accuracy.channel_ranges import ChannelRanges, channel_ranges
from modelwright.quantize.accuracy.equalize import equalized_sources
from modelwright.quantize.accuracy.scaling import Restore, apply, restore
from modelwright.quantize.accuracy.smooth import smoothed_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """What was balanced.

    Attributes:
        changes: Name of a node whose channels were scaled, and the predicted share of the noise that is left.
        before: Constants as they were.
    """

    changes: tuple[tuple[str, float], ...]
    before: Restore

    def undo(self) -> None:
        """Puts the constants back."""
        restore(self.before)


def balance_channels(
    model: ir.Model, feeds: Iterable[Mapping[str, np.ndarray]], *, per_channel: bool, only: frozenset[str] | None = None
) -> Balanced:
    """Scales channels where that makes less quantization noise; what the model computes stays the same.

    Args:
        model: The model, changed in place.
        feeds: A few batches.
        per_channel: Whether weights will have a scale for each output channel.
        only: Names of the tensors that will be quantized; None for all.
    """
    sources = [*smoothed_sources(model), *equalized_sources(model)]
    found = [branches for branches in all_branches(model, sources) if _matters(branches, only)]
    ranges = channel_ranges(model, _axes(found), feeds)
    changes: list[tuple[str, float]] = []
    before: list[tuple[ir.Value, ir.TensorProtocol]] = []
    for branches in found:
        best = best_factors(branches, ranges, per_channel=per_channel)
        if best is None:
            continue
        scale, left = best
        edits = [*branches.edits, *(reading.edit() for reading in branches.readings)]
        before.extend(apply(edits, scale))
        _divide(ranges, branches, scale)
        changes.append((branches.source.node.name or "", left))
    return Balanced(changes=tuple(changes), before=before)


def _matters(branches: Branches, only: frozenset[str] | None) -> bool:
    return only is None or any(reading.layer.x.name in only for reading in branches.readings)


def _axes(found: Iterable[Branches]) -> dict[str, int]:
    """Axis of the channels for each tensor that a layer reads behind a source."""
    axes: dict[str, int] = {}
    for branches in found:
        for reading in branches.readings:
            layer = reading.layer
            rank = len(layer.sizes) if layer.is_convolution else len(layer.x.shape or ())
            axes[layer.x.name or ""] = 1 if layer.is_convolution else rank - 1
    return axes


def _divide(ranges: dict[str, ChannelRanges], branches: Branches, scale: np.ndarray) -> None:
    """What was measured before the channels were scaled, as it is now."""
    for name, labels in {reading.layer.x.name or "": reading.labels for reading in branches.readings}.items():
        factors = np.where(labels < 0, 1.0, scale[labels])
        old = ranges[name]
        ranges[name] = replace(
            old, low=old.low / factors, high=old.high / factors, mean_square=old.mean_square / factors**2
        )
