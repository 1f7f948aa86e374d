"""Bias correction: the mean error of each output channel is taken out of the bias, layer after layer.

Finkelstein, Almog and Grobman, "Fighting Quantization Bias With Bias" (2019); Nagel and others (2019). Each layer is
corrected on inputs that come out of the corrected layers before it: correcting all at once counts the same error many
times over and destroys accuracy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.correctable import Correctable, correctable_layers
from modelwright.quantize.accuracy.scaling import Restore, restore
from modelwright.quantize.accuracy.staged import Staged

_SURE: Final = 2.0
"""Standard errors by which a mean error must differ from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was corrected.

    Attributes:
        layers: Name of a layer and the largest correction in parts of its output's deviation.
        before: Biases as they were.
    """

    layers: tuple[tuple[str, float], ...]
    before: Restore

    def undo(self) -> None:
        """Puts the biases back."""
        restore(self.before)


def correct_biases(
    model: ir.Model,
    exact_model: ir.Model,
    quantized: ir.Model,
    feeds: Iterable[Mapping[str, np.ndarray]],
    *,
    quantized_layers: Sequence[str],
    memory_budget: int,
) -> Corrected:
    """Changes biases so that each channel's mean is the float model's.

    Args:
        model: The model that is being quantized; its biases are changed in place.
        exact_model: The float model to come near to, with the same names; it may be ``model``.
        quantized: The model with Q/DQ, with the same names.
        feeds: A few batches, held in memory.
        quantized_layers: Names of the layers that compute in integers; only their biases change.
        memory_budget: Bytes that intermediate tensors may take.
    """
    batches = list(feeds)
    wanted = set(quantized_layers)
    layers = [item for item in correctable_layers(model) if (item.layer.node.name or "") in wanted]
    names = {node.name or "": node.outputs[0].name or "" for node in quantized.graph}
    before: list[tuple[ir.Value, ir.TensorProtocol]] = []
    done: list[tuple[str, float]] = []
    half = memory_budget // 2
    with (
        Staged(exact_model, batches, memory_budget=half) as exact,
        Staged(quantized, batches, memory_budget=half) as found,
    ):
        for item in layers:
            outputs = item.node.outputs[0].name or "", names[item.node.name or ""]
            shift, share = _correct(item, exact, found, outputs)
            if share:
                before.append((item.bias, cast("ir.TensorProtocol", item.bias.const_value)))
                _add(item, shift)
                done.append((item.layer.node.name or "", share))
    return Corrected(layers=tuple(done), before=before)


def _correct(item: Correctable, exact: Staged, found: Staged, outputs: tuple[str, str]) -> tuple[np.ndarray, float]:
    """Runs both models through one layer; returns the correction, and takes it into what comes behind."""
    name = item.node.name or ""
    for run, output in zip((exact, found), outputs, strict=True):
        run.advance(name, [output])
    count = min(exact.batches, found.batches)
    exact.keep(count)
    found.keep(count)
    shift, share = _mean_error(item, exact.values(outputs[0]), found.values(outputs[1]))
    if share:
        found.put(outputs[1], [_shifted(array, shift, item.axis) for array in found.values(outputs[1])])
    return shift, share


def _mean_error(
    item: Correctable, exact: Sequence[np.ndarray], found: Sequence[np.ndarray]
) -> tuple[np.ndarray, float]:
    """What to add to each channel, ``[C]``, shrunk by how uncertain it is, and the largest in parts of the deviation.

    Samples, not places, count as independent: places of one image err alike.
    """
    means = np.concatenate(
        [_sample_means(a, item.axis) - _sample_means(b, item.axis) for a, b in zip(exact, found, strict=True)]
    )
    spread = np.concatenate([_sample_means(a, item.axis) for a in exact]).std(axis=0)
    mean = means.mean(axis=0)
    uncertainty = means.var(axis=0) / max(means.shape[0] - 1, 1)
    sure = mean**2 > _SURE**2 * uncertainty
    kept = np.where(sure, 1 - uncertainty / np.where(sure, mean**2, 1.0), 0.0)
    shift = mean * kept
    usual = float(np.median(spread)) or 1.0
    return shift, float(np.abs(shift).max(initial=0.0)) / usual


def _sample_means(array: np.ndarray, axis: int) -> np.ndarray:
    """``[samples, C]``: means over all axes but the first and the channels'."""
    channels = np.moveaxis(array, axis, -1)
    rows = channels.reshape(channels.shape[0] if channels.ndim > 1 else 1, -1, channels.shape[-1])
    return rows.mean(axis=1, dtype=np.float64)


def _shifted(array: np.ndarray, shift: np.ndarray, axis: int) -> np.ndarray:
    shape = [1] * array.ndim
    shape[axis] = -1
    return (array + shift.reshape(shape)).astype(array.dtype)


def _add(item: Correctable, shift: np.ndarray) -> None:
    old = cast("ir.TensorProtocol", item.bias.const_value).numpy()
    new = old.astype(np.float64) + shift.reshape(old.shape)
    item.bias.const_value = ir.Tensor(np.ascontiguousarray(new, dtype=old.dtype), name=item.bias.name)
