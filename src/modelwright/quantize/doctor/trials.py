"""The network as a witness: how it responds to calibration data as they are, and after a change.

A network was trained with batch normalizations whose shift and scale are the mean and deviation that its training data
had there. Data prepared as in training show the same; data of another range, layout or colour order do not. Networks
without them tell less: how their first layers' outputs compare with the biases, how many values stand at the bound of a
Clip, and how much their scores vary from sample to sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelwright.quantize.doctor.image_axes import ImageAxes
from modelwright.quantize.doctor.landmarks import Expected, Landmarks
from modelwright.quantize.doctor.preparations import changed
from modelwright.quantize.doctor.session import Open, Run

AS_IS = ""
"""The change that changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a network responds to some samples.

    Attributes:
        misfit: Median over channels, averaged over the first batch normalizations, of how far mean and deviation are
            from those of training: ``sqrt(((mean - shift) / scale)^2 + ln(deviation / scale)^2)``. 0 is a perfect fit;
            None without batch normalizations.
        gain: Deviation of the first biased layer's outputs over the bias's magnitude; None without.
        saturated: Share of values at the upper bound of the first Clips; None without.
        spread: How much the scores deviate from sample to sample; None without scores.
        sureness: Probability of the likeliest class, for each sample; empty where the scores are not those of classes.
    """

    misfit: float | None
    gain: float | None
    saturated: float | None
    spread: float | None
    sureness: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A model that tells whether its inputs are those of training: best as it was before optimization.

    Attributes:
        places: Where to look.
        run: Opens it.
    """

    places: Landmarks
    run: Open


class Trials:
    """Runs the network on a few samples, once for each change, and remembers the responses."""

    def __init__(
        self, samples: Sequence[Mapping[str, np.ndarray]], name: str, axes: ImageAxes, witness: Witness
    ) -> None:
        """Opens nothing yet.

        Args:
            samples: Inputs of the model, sample by sample.
            name: The input that changes.
            axes: Its axes.
            witness: The float model.
        """
        self._samples = samples
        self._name = name
        self._axes = axes
        self._places = witness.places
        self._open = witness.run
        self._run: Run | None = None
        self._known: dict[str, Response] = {}

    @property
    def axes(self) -> ImageAxes:
        """The axes of the input that changes."""
        return self._axes

    def response(self, change: str = AS_IS) -> Response:
        """The response after a change.

        Args:
            change: As `modelwright.quantize.doctor.preparations.changed` takes it, or `AS_IS`.
        """
        if change not in self._known:
            self._known[change] = self._measure(change)
        return self._known[change]

    def _names(self) -> list[str]:
        places = self._places
        if places.expected:
            return [item.value for item in places.expected]
        names = [name for name, _ in (*places.biased, *places.clipped)]
        return list(dict.fromkeys([*names, *places.decisions]))

    def _measure(self, change: str) -> Response:
        names = self._names()
        if not names or not self._samples:
            return Response(misfit=None, gain=None, saturated=None, spread=None)
        if self._run is None:
            self._run = self._open(names)
        seen: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for sample in self._samples:
            array = sample[self._name]
            array = changed(array, change, self._axes) if change else array
            for name, value in self._run({**sample, self._name: array}).items():
                seen[name].append(np.asarray(value, dtype=np.float32))
        places = self._places
        if places.expected:
            return Response(misfit=_misfit(places.expected, seen), gain=None, saturated=None, spread=None)
        return _without_normalization(places, seen)


def _without_normalization(places: Landmarks, seen: Mapping[str, Sequence[np.ndarray]]) -> Response:
    gains = [_gain(seen[name], bias) for name, bias in places.biased]
    shares = [np.mean([np.mean(item >= high * 0.9999) for item in seen[name]]) for name, high in places.clipped]
    spreads = [_spread(seen[name]) for name in places.decisions]
    known = [item for item in spreads if item is not None]
    return Response(
        misfit=None,
        gain=gains[0] if gains else None,
        saturated=float(np.mean(shares)) if shares else None,
        spread=float(np.median(known)) if known else None,
        sureness=_sureness(seen[places.decisions[0]]) if len(places.decisions) == 1 else (),
    )


def _by_channel(items: Sequence[np.ndarray], channels: int) -> np.ndarray | None:
    """Values as (elements, channels); None where no axis has that many."""
    found: list[np.ndarray] = []
    for item in items:
        axis = 1 if item.ndim > 1 and item.shape[1] == channels else item.ndim - 1
        if item.ndim == 0 or item.shape[axis] != channels:
            return None
        found.append(np.moveaxis(item, axis, -1).reshape(-1, channels))
    return np.concatenate(found)


def _misfit(expected: Sequence[Expected], seen: Mapping[str, Sequence[np.ndarray]]) -> float | None:
    found: list[float] = []
    for item in expected:
        values = _by_channel(seen[item.value], item.mean.size)
        alive = item.deviation > 1e-3 * float(item.deviation.max(initial=0.0))
        if values is None or not alive.any():
            continue
        mean, deviation = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
        scale = item.deviation[alive]
        shift = (mean[alive] - item.mean[alive]) / scale
        stretch = np.log(np.maximum(deviation[alive] / scale, 1e-6))
        found.append(float(np.median(np.hypot(shift, stretch))))
    return float(np.mean(found)) if found else None


def _gain(items: Sequence[np.ndarray], bias: np.ndarray) -> float:
    values = _by_channel(items, bias.size)
    if values is None:
        return 1.0
    floor = max(1e-3 * float(bias.max(initial=0.0)), 1e-6)
    return float(np.median(values.std(axis=0, dtype=np.float64) / np.maximum(bias, floor)))


def _spread(items: Sequence[np.ndarray]) -> float | None:
    if len(items) < 2 or len({item.shape for item in items}) != 1:
        return None
    return float(np.stack(items).std(axis=0, dtype=np.float64).mean())


def _sureness(items: Sequence[np.ndarray]) -> tuple[float, ...]:
    if any(item.ndim != 2 or item.shape[0] != 1 or item.shape[1] < 3 for item in items):
        return ()
    shifted = [np.exp(item - item.max()) for item in items]
    return tuple(float(item.max() / item.sum()) for item in shifted)
