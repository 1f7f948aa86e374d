"""What is done for accuracy around calibration, step by step; each step stays only if checks show that it helps."""

from __future__ import annotations

import time
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.quantize.accuracy.balancing import balance_channels
from modelwright.quantize.accuracy.clip import clip_weights
from modelwright.quantize.accuracy.correct_biases import correct_biases
from modelwright.quantize.accuracy.quality import Quality, Reference
from modelwright.quantize.accuracy.round_weights import Rounded, round_weights
from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.compute import compute_params, with_weights
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.params import Params, Placement, Role, TensorParams
from modelwright.quantize.samples import Batch, choose_samples
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.writing import write_quantized

MEMORY_BUDGET: Final = 256 << 20
"""Bytes that the batches in hand and what lies between layers may take."""

_WORTH: Final = 0.02
"""Decibels by which a step must help."""

_ROUNDING: Final = 2
"""Level of finetuning from which weights are rounded."""

LAST: Final = "bias correction"
_BALANCE: Final = "equalization and SmoothQuant"
_CLIPPING: Final = "weight clipping"

_QUICK: Final = 16
"""Batches for the two quick calibrations that tell whether balanced channels help."""

_QUICK_BYTES: Final = 8 << 20
"""Bytes of inputs that bound them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """A step for accuracy.

    Attributes:
        name: What it is.
        kept: Whether it stays.
        before: Mean SNR of the outputs without it on the batches for checks, in decibels; None where it found nothing.
        after: The same with it.
        detail: What it changed.
        seconds: How long it took.
    """

    name: str
    kept: bool
    before: float | None = None
    after: float | None = None
    detail: str = ""
    seconds: float = 0.0

    def phrase(self) -> str:
        """The step in a sentence, without times."""
        if self.before is None or self.after is None:
            return f"{self.name}: {self.detail}"
        fate = "kept" if self.kept else "undone" if self.after <= self.before else "undone: most batches are no better"
        return f"{self.name}: {self.detail}; {self.before:.2f} -> {self.after:.2f} dB on held-out batches, {fate}"


class Tuning:
    """The steps for one model, in the order of their methods.

    Attributes:
        exact: The float model to come near to; its weights are not rounded.
        samples: The batches in hand.
        reference: The float model's answers to those for checks.
        techniques: What was done so far.
    """

    def __init__(
        self, model: ir.Model, settings: QuantizeSettings, feeds: Feeds, *, memory_budget: int = MEMORY_BUDGET
    ) -> None:
        """Takes some batches in hand and runs the float model on those for checks.

        Args:
            model: The prepared float model, which the steps change.
            settings: What is asked for.
            feeds: Calibration data.
            memory_budget: Bytes for batches and for what lies between layers.
        """
        self.model = model
        self.settings = settings
        self.techniques: list[Technique] = []
        self._budget = memory_budget
        self.samples = choose_samples(model, feeds, memory_budget=memory_budget // 2)
        self.reference = Reference(model, self.samples.check)
        self.exact = model
        self._rounded: Rounded | None = None
        self._qualities: list[tuple[Placement, Params, Quality]] = []

    def balance(self, placement: Placement) -> None:
        """Equalization and SmoothQuant, before calibration."""
        start = time.perf_counter()
        only = frozenset(tensor.name for tensor in placement.of_role(Role.ACTIVATION))
        per_channel = all(tensor.scheme.per_channel for tensor in placement.of_role(Role.WEIGHT))
        quick = self.samples.few(_QUICK, _QUICK_BYTES)
        twin = self.model.clone()
        balanced = balance_channels(self.model, quick, per_channel=per_channel, only=only)
        if not balanced.changes:
            self._nothing(_BALANCE, "no channels to balance", start)
            return
        before, after = (self._quick(model, placement, quick) for model in (twin, self.model))
        if not self._judge(_BALANCE, before, after, _counted(balanced.changes, "layer"), start):
            balanced.undo()

    def refine(self, placement: Placement, params: Params) -> Params:
        """Clipping of weights and, from level 2 on, rounding; after calibration.

        Args:
            placement: What is quantized.
            params: The numbers that calibration gave.

        Returns:
            The numbers to use; the model's weights may have changed.
        """
        self.exact = self.model.clone()
        if not self.settings.finetune:
            return params
        params = self._clip(placement, params)
        if self.settings.finetune >= _ROUNDING:
            self._round(placement, params)
        return params

    def correct(self, placement: Placement, params: Params) -> None:
        """Bias correction, last, for the placement that is written."""
        start = time.perf_counter()
        self._restore_floats(placement)
        before = self._known(placement, params)
        corrected = correct_biases(
            self.model,
            self.exact,
            self.quantized(placement, params),
            self.samples.learn,
            quantized_layers=_layers(placement),
            memory_budget=self._budget // 2,
        )
        if not corrected.layers:
            self._nothing(LAST, "no layer errs on average", start)
            return
        after = self.quality(placement, params)
        kept = self._judge(LAST, before, after, _counted(corrected.layers, "layer"), start)
        if not kept:
            corrected.undo()

    def quantized(self, placement: Placement, params: Params) -> ir.Model:
        """The model with Q/DQ, a copy that shares the weights."""
        twin = self.model.clone()
        write_quantized(twin, placement, params)
        return twin

    def quality(self, placement: Placement, params: Params) -> Quality:
        """The quantized model against the float one on the batches for checks."""
        return self.reference.quality(self.quantized(placement, params))

    def _known(self, placement: Placement, params: Params) -> Quality:
        """The quality with the model's weights as they are, measured once."""
        for known_placement, known_params, quality in self._qualities:
            if known_placement is placement and known_params is params:
                return quality
        quality = self.quality(placement, params)
        self._qualities.append((placement, params, quality))
        return quality

    def _quick(self, model: ir.Model, placement: Placement, quick: Sequence[Batch]) -> Quality:
        params = compute_params(model, placement, calibrate(model, placement, tuple(quick)))
        twin = model.clone()
        write_quantized(twin, placement, params)
        return self.reference.quality(twin)

    def _clip(self, placement: Placement, params: Params) -> Params:
        start = time.perf_counter()
        clipped: dict[str, TensorParams] = {}
        free = [tensor for tensor in placement.of_role(Role.WEIGHT) if tensor.group is None and not tensor.paired]
        for tensor in free:
            source = self.model.graph.initializers[tensor.name].const_value
            old = params[tensor.name]
            if source is not None:
                new = clip_weights(source.numpy(), old)
                if np.any(new.scale != old.scale):
                    clipped[tensor.name] = new
        if not clipped:
            none = "every weight's range is best as it is" if free else "weights leave room for sums of two"
            self._nothing(_CLIPPING, none, start)
            return params
        changed = with_weights(self.model, placement, params, clipped)
        before, after = self._known(placement, params), self._known(placement, changed)
        return changed if self._judge(_CLIPPING, before, after, _counted(clipped, "weight"), start) else params

    def _round(self, placement: Placement, params: Params) -> None:
        start = time.perf_counter()
        before = self._known(placement, params)
        weights = {tensor.name: params[tensor.name] for tensor in placement.of_role(Role.WEIGHT)}
        rounded = round_weights(
            self.model, weights, self.samples.learn, level=self.settings.finetune, memory_budget=self._budget
        )
        if not rounded.layers:
            self._nothing("weight rounding", "nearest is best everywhere", start)
            return
        after = self.quality(placement, params)
        detail = _counted(rounded.layers, "layer")
        if rounded.skipped:
            detail += f" ({len(rounded.skipped)} keep nearest, {rounded.skipped[0][0]}: {rounded.skipped[0][1]})"
        if self._judge("weight rounding", before, after, detail, start):
            self._rounded = rounded
            self._qualities = [(placement, params, after)]
        else:
            rounded.undo()

    def _restore_floats(self, placement: Placement) -> None:
        """Gives weights that are not quantized any more their own numbers back."""
        names = {tensor.name for tensor in placement.tensors}
        for value, tensor in self._rounded.before if self._rounded is not None else ():
            if value.name not in names:
                value.const_value = tensor
                self._qualities.clear()

    def _judge(self, name: str, before: Quality, after: Quality, detail: str, start: float) -> bool:
        kept = after.beats(before, by=_WORTH)
        seconds = time.perf_counter() - start
        self.techniques.append(
            Technique(name=name, kept=kept, before=before.snr, after=after.snr, detail=detail, seconds=seconds)
        )
        return kept

    def _nothing(self, name: str, detail: str, start: float) -> None:
        seconds = time.perf_counter() - start
        self.techniques.append(Technique(name=name, kept=False, detail=detail, seconds=seconds))


def _layers(placement: Placement) -> tuple[str, ...]:
    """Names of the nodes that read quantized weights and are still there with Q/DQ: dynamic products are replaced."""
    readers = (node for tensor in placement.of_role(Role.WEIGHT) for node, _ in tensor.readers)
    return tuple(dict.fromkeys(node for node in readers if node not in placement.dynamic))


def _counted(items: Sized, noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
