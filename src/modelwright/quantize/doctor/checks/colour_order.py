"""Red and blue exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.input_facts import InputFacts
from modelwright.quantize.doctor.preparations import SWAP
from modelwright.quantize.doctor.trials import AS_IS, Trials

_CLOSER: Final = 0.6
_NEAR: Final = 0.1
_SAMPLES: Final = 12
_MOST: Final = 0.9
_SURER: Final = 0.1


@check("MW-Q105", "wrong colour order")
def colour_order(evidence: Evidence) -> Iterator[Finding]:
    """The reference's channel means, or the network, fit better with red and blue exchanged.

    Nothing is said where the two orders cannot be told apart.
    """
    for facts, trials in evidence.images():
        if facts.axes is None or facts.axes.channels < 3:
            continue
        reference = evidence.reference_of(facts.name)
        said = _by_reference(facts, reference) if reference is not None else _by_network(trials)
        if said:
            yield _finding(facts, said)


def _by_reference(facts: InputFacts, reference: InputFacts) -> str:
    means, wanted, widths = facts.channel_means, reference.channel_means, reference.channel_deviations
    if means is None or wanted is None or widths is None or means.size < 3 or wanted.size != means.size:
        return ""
    scale = float(widths.max()) or 1.0
    as_is = float(np.abs(means - wanted)[[0, 2]].max()) / scale
    exchanged = float(np.abs(means[[2, 0]] - wanted[[0, 2]]).max()) / scale
    if as_is < _NEAR or exchanged > _CLOSER * as_is:
        return ""
    return f"channel means are {as_is:.2f} deviations from the reference's, {exchanged:.2f} with red and blue exchanged"


def _by_network(trials: Trials | None) -> str:
    if trials is None:
        return ""
    if trials.response(few=True).misfit is None:
        return _by_sureness(partial(trials.sureness, AS_IS), partial(trials.sureness, SWAP), trials.count)
    as_is = trials.response()
    if as_is.misfit is None or as_is.misfit < _NEAR:
        return ""
    exchanged = trials.response(SWAP)
    if exchanged.misfit is None or as_is.misfit - exchanged.misfit < _NEAR:
        return ""
    if exchanged.misfit > _CLOSER * as_is.misfit:
        return ""
    return (
        "mean and deviation behind the first batch normalizations are "
        f"{as_is.misfit:.2f} away from those of training, {exchanged.misfit:.2f} with red and blue exchanged"
    )


def _by_sureness(before: Callable[[int], float | None], after: Callable[[int], float | None], count: int) -> str:
    """Looks at samples only as long as most of them may still be surer."""
    if count < _SAMPLES:
        return ""
    as_is, exchanged = np.zeros(count), np.zeros(count)
    for place in range(count):
        pair = before(place), after(place)
        if pair[0] is None or pair[1] is None:
            return ""
        as_is[place], exchanged[place] = pair
        if np.count_nonzero((exchanged <= as_is)[: place + 1]) > (1 - _MOST) * count:
            return ""
    if float(np.mean(exchanged - as_is)) < _SURER:
        return ""
    return (
        f"the network is surer of {np.count_nonzero(exchanged > as_is)} of {count} samples with red and blue exchanged "
        f"(probability {float(np.mean(exchanged)):.2f} instead of {float(np.mean(as_is)):.2f})"
    )


def _finding(facts: InputFacts, said: str) -> Finding:
    return Finding(
        code="MW-Q105",
        level=Level.WARNING,
        message=f"input {facts.name!r}: red and blue are exchanged",
        evidence=(said,),
        explanation="The network was trained on the other order; its accuracy and its ranges suffer",
        remedy="set color_format to the other of rgb and bgr in the calibration file, and feed the device likewise",
        where=(facts.name,),
        fix=Fix(what=f"input {facts.name!r}: exchanges red and blue", input=facts.name, preparation=SWAP),
    )
