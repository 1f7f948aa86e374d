"""The network as a witness: how it responds to calibration data as they are, and after a change.

A network was trained with batch normalizations whose shift and scale are the mean and deviation that its training data
had there. Data prepared as in training show the same; data of another range, layout or colour order do not. Networks
without them tell less: how their first layers' outputs compare with the biases, how many values stand at the bound of a
Clip, and how much their scores vary from sample to sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelwright.quantize.doctor.image_axes import ImageAxes
from modelwright.quantize.doctor.landmarks import Expected, Landmarks
from modelwright.quantize.doctor.preparations import changed
from modelwright.quantize.doctor.session import Open, Run

AS_IS = ""
"""The change that changes nothing."""

_FEW: Final = 4
"""Samples from all over that tell whether it is worth running the others."""


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
        sureness: Probability of the likeliest class, for each sample; empty where the scores are not those of classes,
            or no numbers.
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
        few = slice(None, None, max(1, len(samples) // _FEW))
        rest = [place for place in range(len(samples)) if place not in range(*few.indices(len(samples)))]
        self._few = len(samples[few])
        self._samples = [*samples[few], *(samples[place] for place in rest)]
        self._name = name
        self._axes = axes
        self._places = witness.places
        self._open = witness.run
        self._run: Run | None = None
        self._begun: dict[str, _Seen] = {}
        self._known: dict[tuple[str, int], Response] = {}

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self._samples)

    @property
    def axes(self) -> ImageAxes:
        """The axes of the input that changes."""
        return self._axes

    def response(self, change: str = AS_IS, *, few: bool = False) -> Response:
        """The response after a change.

        Args:
            change: As `modelwright.quantize.doctor.preparations.changed` takes it, or `AS_IS`.
            few: Whether some samples from all over will do; the network does not run on the others.
        """
        key = (change, self._few if few else len(self._samples))
        if key not in self._known:
            self._known[key] = self._measure(*key)
        return self._known[key]

    def sureness(self, change: str, place: int) -> float | None:
        """Probability of the likeliest class for one sample after a change; the samples behind it are not run.

        Args:
            change: As for `response`.
            place: Which sample, in the order in which they are run.

        Returns:
            None where the scores are not those of classes.
        """
        if not self._names() or place >= len(self._samples):
            return None
        found = self._advanced(change, place + 1).sureness()
        return found[place] if place < len(found) else None

    def _names(self) -> list[str]:
        places = self._places
        if places.expected:
            return [item.value for item in places.expected]
        names = [name for name, _ in (*places.biased, *places.clipped)]
        return list(dict.fromkeys([*names, *places.decisions]))

    def _measure(self, change: str, count: int) -> Response:
        names = self._names()
        if not names or not self._samples:
            return Response(misfit=None, gain=None, saturated=None, spread=None)
        return self._advanced(change, count).response()

    def _advanced(self, change: str, count: int) -> _Seen:
        """What is summed up after ``count`` samples at least."""
        if self._run is None:
            self._run = self._open(self._names())
        seen = self._begun.setdefault(change, _Seen(self._places))
        for sample in self._samples[seen.samples : count]:
            array = sample[self._name]
            array = changed(array, change, self._axes) if change else array
            seen.add(self._run({**sample, self._name: array}))
        return seen


class _Seen:
    """What is summed up at the places that witness, sample by sample."""

    def __init__(self, places: Landmarks) -> None:
        self.samples = 0
        self._places = places
        channels = {item.value: item.mean.size for item in places.expected}
        if not channels:
            channels = {name: bias.size for name, bias in places.biased}
        self._moments = {name: _Moments(count) for name, count in channels.items()}
        self._shares: list[float] = []
        self._decisions: dict[str, list[np.ndarray]] = {name: [] for name in places.decisions}

    def add(self, values: Mapping[str, np.ndarray]) -> None:
        """Takes the values of one run into account."""
        self.samples += 1
        for name, moments in self._moments.items():
            moments.add(values[name])
        if self._places.expected:
            return
        self._shares += [float(np.mean(values[name] >= high * 0.9999)) for name, high in self._places.clipped]
        for name, items in self._decisions.items():
            items.append(np.asarray(values[name], dtype=np.float32))

    def response(self) -> Response:
        """What the sums say."""
        if self._places.expected:
            misfit = _misfit(self._places.expected, self._moments)
            return Response(misfit=misfit, gain=None, saturated=None, spread=None)
        known = [item for items in self._decisions.values() if (item := _spread(items)) is not None]
        name, bias = self._places.biased[0] if self._places.biased else ("", np.zeros(0))
        return Response(
            misfit=None,
            gain=_gain(self._moments[name], bias) if name else None,
            saturated=float(np.mean(self._shares)) if self._shares else None,
            spread=float(np.median(known)) if known else None,
            sureness=self.sureness(),
        )

    def sureness(self) -> tuple[float, ...]:
        """Probability of the likeliest class for each sample; empty where the scores are not those of classes."""
        items = list(self._decisions.values())
        return _sureness(items[0]) if len(items) == 1 else ()


class _Moments:
    """Mean and deviation of each channel of a value."""

    def __init__(self, channels: int) -> None:
        self.known = True
        self._channels = channels
        self._sums = np.zeros((2, channels))
        self._count = 0

    def add(self, array: np.ndarray) -> None:
        """Takes an array into account; one without an axis of that many channels ends it."""
        axis = 1 if array.ndim > 1 and array.shape[1] == self._channels else array.ndim - 1
        if array.ndim == 0 or array.shape[axis] != self._channels:
            self.known = False
            return
        axes = tuple(place for place in range(array.ndim) if place != axis)
        self._sums += [array.sum(axis=axes, dtype=np.float64), np.square(array).sum(axis=axes, dtype=np.float64)]
        self._count += array.size // self._channels

    def mean(self) -> np.ndarray:
        """float64, (channels,)."""
        return self._sums[0] / max(1, self._count)

    def deviation(self) -> np.ndarray:
        """float64, (channels,)."""
        return np.sqrt(np.maximum(self._sums[1] / max(1, self._count) - np.square(self.mean()), 0.0))


def _misfit(expected: Sequence[Expected], seen: Mapping[str, _Moments]) -> float | None:
    found: list[float] = []
    for item in expected:
        moments = seen[item.value]
        alive = item.deviation > 1e-3 * float(item.deviation.max(initial=0.0))
        if not moments.known or not alive.any():
            continue
        scale = item.deviation[alive]
        shift = (moments.mean()[alive] - item.mean[alive]) / scale
        stretch = np.log(np.maximum(moments.deviation()[alive] / scale, 1e-6))
        found.append(float(np.median(np.hypot(shift, stretch))))
    return float(np.mean(found)) if found and np.isfinite(found).all() else None


def _gain(moments: _Moments, bias: np.ndarray) -> float:
    if not moments.known:
        return 1.0
    floor = max(1e-3 * float(bias.max(initial=0.0)), 1e-6)
    return float(np.median(moments.deviation() / np.maximum(bias, floor)))


def _spread(items: Sequence[np.ndarray]) -> float | None:
    if len(items) < 2 or len({item.shape for item in items}) != 1:
        return None
    return float(np.stack(items).std(axis=0, dtype=np.float64).mean())


def _sureness(items: Sequence[np.ndarray]) -> tuple[float, ...]:
    if any(item.ndim != 2 or item.shape[0] != 1 or item.shape[1] < 3 for item in items):
        return ()
    if not all(np.isfinite(item).all() for item in items):
        return ()
    shifted = [np.exp(item - item.max()) for item in items]
    return tuple(float(item.max() / item.sum()) for item in shifted)
