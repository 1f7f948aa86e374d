"""How near the outputs of a quantized model are to those of the float model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.quantize.session import ModelRuns

_BEST: Final = 200.0
"""Decibels beyond which there is no difference to speak of."""

_MOST: Final = 0.6
"""Share of the batches that are most of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Two tensors compared over all batches.

    Attributes:
        snr: Power of the float numbers over that of the differences, in decibels.
        cosine: Of the angle between both, as vectors.
    """

    snr: float
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """All floating-point outputs compared.

    Attributes:
        outputs: By name.
        batches: Mean SNR of the outputs on each batch, in decibels.
    """

    outputs: Mapping[str, Nearness]
    batches: tuple[float, ...] = ()

    @property
    def snr(self) -> float:
        """Mean over the outputs, in decibels."""
        return sum(item.snr for item in self.outputs.values()) / max(len(self.outputs), 1)

    @property
    def cosine(self) -> float:
        """The least of all outputs."""
        return min((item.cosine for item in self.outputs.values()), default=1.0)

    def beats(self, other: Quality, *, by: float) -> bool:
        """Whether this is better on the whole, and on most batches, so that it is no accident.

        Args:
            other: On the same batches.
            by: Decibels by which it must be.
        """
        better = sum(mine > theirs for mine, theirs in zip(self.batches, other.batches, strict=True))
        return self.snr > other.snr + by and better >= _MOST * len(self.batches)


class Reference:
    """Outputs of the float model on some batches, computed once."""

    def __init__(self, model: ir.Model, feeds: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Runs the model.

        Args:
            model: The float model.
            feeds: Batches, held.
        """
        self.feeds = tuple(feeds)
        self.names = tuple(value.name or "" for value in model.graph.outputs)
        with ModelRuns(model) as runs:
            runner = runs.runner(self.names)
            self.outputs = tuple(found for found, _ in runner.stream(self.feeds))

    def quality(self, model: ir.Model) -> Quality:
        """Compares a model with the same inputs and outputs."""
        sums, batches = Sums(), list[float]()
        with ModelRuns(model) as runs:
            runner = runs.runner(self.names)
            for expected, (found, _) in zip(self.outputs, runner.stream(self.feeds), strict=True):
                alone = Sums()
                for item in (sums, alone):
                    item.add(expected, found)
                batches.append(alone.quality().snr)
        return replace(sums.quality(), batches=tuple(batches))


class Sums:
    """Powers and products of outputs and their quantized counterparts, batch after batch."""

    def __init__(self) -> None:
        self._sums: dict[str, np.ndarray] = {}

    def add(self, expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> None:
        """Takes one batch in; tensors that hold no floats are passed over."""
        for name, array in expected.items():
            if array.dtype.kind != "f" or array.shape != found[name].shape:
                continue
            a, b = array.astype(np.float64).reshape(-1), found[name].astype(np.float64).reshape(-1)
            sums = np.array([a @ a, b @ b, a @ b, np.square(a - b).sum()])
            self._sums[name] = self._sums.get(name, np.zeros(4)) + sums

    def quality(self) -> Quality:
        """What was taken in so far."""
        return Quality(outputs={name: _nearness(*sums.tolist()) for name, sums in self._sums.items()})


def _nearness(exact: float, found: float, product: float, noise: float) -> Nearness:
    snr = _BEST if noise == 0 else -_BEST if exact == 0 else 10 * math.log10(exact / noise)
    length = math.sqrt(exact * found)
    cosine = 1.0 if noise == 0 else 0.0 if length == 0 else min(product / length, 1.0)
    return Nearness(snr=max(-_BEST, min(snr, _BEST)), cosine=cosine)
