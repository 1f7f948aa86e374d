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
from modelwright.quantize.accuracy.sample_means import MeanOf, add_means, sample_means
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
        quantized: The model with Q/DQ, with the same names; nodes that look at its layers are added to it.
        feeds: A few batches, held in memory.
        quantized_layers: Names of the layers that compute in integers; only their biases change.
        memory_budget: Bytes that intermediate tensors may take.
    """
    batches = list(feeds)
    wanted = set(quantized_layers)
    layers = [item for item in correctable_layers(model) if (item.layer.node.name or "") in wanted]
    names = {node.name or "": node.outputs[0].name or "" for node in quantized.graph}
    axes = {item.node.outputs[0].name or "": item.axis for item in layers}
    exact = sample_means(exact_model, axes, batches)
    means = add_means(quantized, {names[item.node.name or ""]: item.axis for item in layers})
    before: list[tuple[ir.Value, ir.TensorProtocol]] = []
    done: list[tuple[str, float]] = []
    with Staged(quantized, batches, memory_budget=memory_budget) as found:
        for item in layers:
            output = names[item.node.name or ""]
            shift, share = _correct(found, output, means[output], exact[item.node.outputs[0].name or ""])
            if share:
                found.add(output, shift, item.axis)
                before.append((item.bias, cast("ir.TensorProtocol", item.bias.const_value)))
                _add(item, shift)
                done.append((item.layer.node.name or "", share))
    return Corrected(layers=tuple(done), before=before)


def _correct(found: Staged, output: str, mean: MeanOf, exact: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """Runs the quantized model through one layer; returns the correction and its size."""
    found.advance(mean.node, [output, mean.name])
    return _mean_error(exact[: found.batches], [mean.take(array) for array in found.values(mean.name)])


def _mean_error(exact: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """What to add to each channel, ``[C]``, shrunk by how uncertain it is, and the largest in parts of the deviation.

    Samples, not places, count as independent: places of one image err alike.
    """
    wanted = np.concatenate(exact)
    means = wanted - np.concatenate(found)
    spread = wanted.std(axis=0)
    mean = means.mean(axis=0)
    uncertainty = means.var(axis=0) / max(means.shape[0] - 1, 1)
    sure = mean**2 > _SURE**2 * uncertainty
    kept = np.where(sure, 1 - uncertainty / np.where(sure, mean**2, 1.0), 0.0)
    shift = mean * kept
    usual = float(np.median(spread)) or 1.0
    return shift, float(np.abs(shift).max(initial=0.0)) / usual


def _add(item: Correctable, shift: np.ndarray) -> None:
    old = cast("ir.TensorProtocol", item.bias.const_value).numpy()
    new = old.astype(np.float64) + shift.reshape(old.shape)
    item.bias.const_value = ir.Tensor(np.asarray(new, dtype=old.dtype, order="C"), name=item.bias.name)
