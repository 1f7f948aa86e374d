"""Does what findings say can be done: to the settings and to the data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.image_axes import image_axes
from modelwright.quantize.doctor.input_facts import fingerprint, samples_of
from modelwright.quantize.doctor.preparations import RELAY, SWAP, changed
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.settings import QuantizeSettings, Scheme, TensorRange

_ORDER: Final = {RELAY: 0, SWAP: 1}
"""Means and deviations are those of red, green and blue, so that layout and colours come before them."""


def fixes_of(findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """The fixes that findings bring, in their order."""
    return tuple(finding.fix for finding in findings if finding.fix is not None)


def fixed_settings(settings: QuantizeSettings, fixes: Iterable[Fix]) -> QuantizeSettings:
    """The settings with what the fixes ask for.

    Args:
        settings: As asked for.
        fixes: What to do.
    """
    for fix in fixes:
        names = tuple(dict.fromkeys([*settings.ignore_op_names, *fix.float_nodes]))
        ranges = tuple(TensorRange(tensor=name, method=method) for name, method in fix.methods)
        settings = dataclasses.replace(
            settings,
            ignore_op_names=names,
            finetune=max(settings.finetune, fix.finetune),
            ranges=(*settings.ranges, *ranges),
        )
        if fix.per_channel:
            weights = dataclasses.replace(settings.weights or Scheme(), per_channel=True)
            settings = dataclasses.replace(settings, weights=weights)
    return settings


def fixed_feeds(feeds: Feeds, fixes: Iterable[Fix]) -> Feeds:
    """The data with what the fixes ask for.

    Args:
        feeds: The data; read once if samples are to be left out.
        fixes: What to do.
    """
    chosen = [fix for fix in fixes if fix.preparation or fix.distinct or fix.varied]
    return TreatedFeeds(feeds, chosen) if chosen else feeds


class TreatedFeeds:
    """Data in which some inputs are changed and some batches left out."""

    def __init__(self, feeds: Feeds, fixes: Sequence[Fix]) -> None:
        """Reads the data once if some are to be left out.

        Args:
            feeds: The data.
            fixes: Changes of inputs, and what is left out. A batch is left out when all its samples are.
        """
        distinct, varied = any(fix.distinct for fix in fixes), any(fix.varied for fix in fixes)
        kept = list(_kept(feeds, distinct=distinct, varied=varied)) if distinct or varied else [True] * len(feeds)
        self._feeds = feeds
        self._kept = kept
        changes = [(fix.input, fix.preparation) for fix in fixes if fix.preparation]
        self._changes = sorted(changes, key=lambda item: _ORDER.get(item[1], len(_ORDER)))

    def __len__(self) -> int:
        """Number of batches that are left."""
        return sum(self._kept)

    def __iter__(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The batches that are left, changed."""
        for keep, batch in zip(self._kept, self._feeds, strict=True):
            if keep:
                yield self._changed(batch)

    def _changed(self, batch: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        arrays = dict(batch)
        for name, change in self._changes:
            axes = image_axes(arrays[name].shape)
            if axes is not None:
                arrays[name] = changed(arrays[name], change, axes)
        return arrays


def _kept(feeds: Feeds, *, distinct: bool, varied: bool) -> Iterator[bool]:
    seen: set[bytes] = set()
    for batch in feeds:
        keep = False
        for sample in samples_of(batch):
            mark = fingerprint(sample)
            keep |= not (distinct and mark in seen) and not (varied and _empty(sample))
            seen.add(mark)
        yield keep


def _empty(sample: Mapping[str, np.ndarray]) -> bool:
    """Whether a float input is constant or not finite."""
    floats = [array for array in sample.values() if array.dtype.kind == "f" and array.size >= 64]
    return any(not np.isfinite(array).all() or array.min() == array.max() for array in floats)
