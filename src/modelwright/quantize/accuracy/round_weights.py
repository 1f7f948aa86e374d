"""Weight rounding layer by layer, kept where a layer's outputs err less on batches that it was not made for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.correctable import correctable_layers
from modelwright.quantize.accuracy.grid import Grid, grid_of
from modelwright.quantize.accuracy.moments import Moments, moments
from modelwright.quantize.accuracy.rounding import choose_rounding, output_errors
from modelwright.quantize.accuracy.scaling import Restore, restore
from modelwright.quantize.accuracy.staged import Staged
from modelwright.quantize.accuracy.weighted import Weighted, layers_of
from modelwright.quantize.params import Params

_EFFORT: Final = {2: (4, 4096), 3: (20, 16384)}
"""Sweeps over the weights and rows of inputs, by level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """What was rounded.

    Attributes:
        layers: Name of a layer and the share of its weights' error that is left, on batches not used for the choice.
        skipped: Name of a layer that keeps the nearest integers, and why.
        before: Weights as they were.
    """

    layers: tuple[tuple[str, float], ...]
    skipped: tuple[tuple[str, str], ...]
    before: Restore

    def undo(self) -> None:
        """Puts the weights back."""
        restore(self.before)


def round_weights(
    model: ir.Model,
    params: Params,
    feeds: Iterable[Mapping[str, np.ndarray]],
    *,
    level: int,
    memory_budget: int,
) -> Rounded:
    """Replaces weights by values on their integer grids, rounded so that the layers' outputs err least.

    Args:
        model: The float model, changed in place.
        params: Numbers of the weights that will be quantized, by name.
        feeds: A few batches; every other one serves to check.
        level: 2, or 3 with more rows and sweeps.
        memory_budget: Bytes that intermediate tensors and the moments of one layer may take.
    """
    biased = {item.layer.node for item in correctable_layers(model)}
    before: list[tuple[ir.Value, ir.TensorProtocol]] = []
    done: list[tuple[str, float]] = []
    skipped: list[tuple[str, str]] = []
    half = memory_budget // 2
    with Staged(model, feeds, memory_budget=half) as run:
        for layer, grid in _quantized_layers(model, params):
            name, x = layer.node.name or "", layer.x.name or ""
            run.advance(name, [x])
            outcome = _round(layer, grid, run.values(x), level=level, budget=half, biased=layer.node in biased)
            if isinstance(outcome, str):
                skipped.append((name, outcome))
                continue
            weights, left = outcome
            before.append((layer.weight, cast("ir.TensorProtocol", layer.weight.const_value)))
            layer.weight.const_value = ir.Tensor(weights, name=layer.weight.name)
            done.append((name, left))
    return Rounded(layers=tuple(done), skipped=tuple(skipped), before=before)


def _quantized_layers(model: ir.Model, params: Params) -> Iterator[tuple[Weighted, Grid]]:
    """Layers whose weights have one step for each output channel, or one for all."""
    for layer in layers_of(model):
        numbers = params.get(layer.weight.name or "")
        grid = None if numbers is None else grid_of(numbers, len(layer.sizes))
        if numbers is not None and grid is not None and numbers.axis in (None, int(layer.transposed)):
            yield layer, grid


def _round(
    layer: Weighted, grid: Grid, inputs: list[np.ndarray], *, level: int, budget: int, biased: bool
) -> tuple[np.ndarray, float] | str:
    """The weights and the share of the error that is left, or why they stay."""
    size = layer.view[2] * layer.view[3] if not layer.transposed else layer.in_channels
    if 4 * 6 * layer.group * size * size > budget:
        return f"the moments of {size} inputs take more memory than allowed"
    if len(inputs) < 2:
        return "one batch alone cannot be checked"
    _, rows = _EFFORT[level]
    known = moments(layer, inputs[::2], limit=rows, seed=0, centered=biased)
    held_out = moments(layer, inputs[1::2], limit=rows, seed=1, centered=biased)
    if known is None or held_out is None:
        return "its inputs cannot be laid out as rows"
    return _chosen(layer, grid, known, held_out, level)


def _chosen(
    layer: Weighted, grid: Grid, known: Moments, held_out: Moments, level: int
) -> tuple[np.ndarray, float] | str:
    """Output channels for which the choice is worse on the held-out batches keep the nearest integers."""
    step, zero = _grouped(layer, grid.step), _grouped(layer, grid.zero)
    array = layer.array().astype(np.float64)
    units = array.reshape(*array.shape[:2], -1) / step + zero
    nearest = np.clip(np.rint(units), grid.low, grid.high)
    best = choose_rounding(units, known.covariance, low=grid.low, high=grid.high, sweeps=_EFFORT[level][0])
    was, now = (output_errors(choice - units, held_out.covariance) * step[:, :, 0] ** 2 for choice in (nearest, best))
    better = now < was
    if not better.any():
        return "no rounding is better than the nearest"
    chosen = np.where(better[:, :, None], best, nearest)
    left = float(np.minimum(was, now).sum() / was.sum())
    return layer.shaped(((chosen - zero) * step).reshape(array.shape)), left


def _grouped(layer: Weighted, numbers: np.ndarray) -> np.ndarray:
    """Steps or zeros as ``[G, O, 1]``."""
    whole = np.broadcast_to(numbers.reshape(-1), (layer.out_channels,))
    return whole.reshape(layer.group, -1, 1)
