"""Channels that never change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.tensor_facts import TensorFacts

_MANY: Final = 0.5
_LEAST: Final = 4


@check("MW-Q203", "dead channels")
def dead_channels(evidence: Evidence) -> Iterator[Finding]:
    """Channels with one value all over and in all samples; a few are usual, half of a layer is not."""
    if evidence.data.samples - evidence.data.repeats < 4:
        return
    dead = [item for item in evidence.tensors.values() if item.constant_channels()]
    bad = [item for item in dead if _channels(item) >= _LEAST and item.constant_channels() > _MANY * _channels(item)]
    if not bad:
        return
    worst = sorted(bad, key=lambda item: (-item.constant_channels() / _channels(item), item.name))
    yield Finding(
        code="MW-Q203",
        level=Level.WARNING,
        message=f"{len(bad)} tensor{'s have' if len(bad) > 1 else ' has'} mostly channels that never change",
        evidence=tuple(f"{item.name}: {item.constant_channels()} of {_channels(item)}" for item in worst[:3]),
        explanation="Either the data do not wake these parts of the network, and their scales will be wrong when real "
        "data do, or the layer is pruned and could be smaller",
        remedy="look at range and preparation of the data first; if they are right, remove the channels in training",
        where=tuple(item.name for item in worst[:5]),
    )


def _channels(facts: TensorFacts) -> int:
    return 0 if facts.channel_low is None else facts.channel_low.size
