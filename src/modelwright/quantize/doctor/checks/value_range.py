"""Pictures whose values are in another range than the network was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.doctor.input_facts import InputFacts
from modelwright.quantize.doctor.preparations import changes_from, looks_like, preparation, shrinks
from modelwright.quantize.doctor.trials import Response, Trials

_MISFIT: Final = 0.6
_BETTER: Final = 0.4
_FAR_BETTER: Final = 0.2
_STEADY: Final = 0.1
_WILD: Final = 30.0
_STRONG: Final = 8.0
_LESS: Final = 3.0
_MUCH_LESS: Final = 10.0
"""By what part of the inputs' factor scores must shrink that are strong, or not: those of a network that was trained on
large numbers without normalization shrink about as its inputs do, as its biases hardly count."""
_QUIET: Final = 1.5
"""Gain up to which values may be too small: those of networks trained on larger ones begin at 0.5."""
_NATURAL: Final = (0.15, 25.0)
_LOUD: Final = 30.0
_SATURATED: Final = 0.1
_APART: Final = 4.0
_SLACK: Final = 2.0
"""By how much what a few samples show may be off."""

_WHY: Final = "Scales calibrated on them fit other numbers than the network will see, and the answers are wrong already"


@check("MW-Q103", "wrong range of values")
def value_range(evidence: Evidence) -> Iterator[Finding]:
    """0 to 255 where 0 to 1 is expected, or the reverse, or another mean and deviation."""
    for facts, trials in evidence.images():
        reference = evidence.reference_of(facts.name)
        found = _by_reference(facts, reference) if reference is not None else None
        if found is None and reference is None and trials is not None:
            found = _by_network(facts, trials)
        if found is not None:
            yield found


def _by_reference(facts: InputFacts, reference: InputFacts) -> Finding | None:
    means, deviations = facts.channel_means, facts.channel_deviations
    wanted, widths = reference.channel_means, reference.channel_deviations
    if means is None or deviations is None or wanted is None or widths is None or not (widths > 0).all():
        return None
    ratio = float(np.median(deviations / widths))
    shift = float(np.abs(means - wanted).max() / widths.max())
    if 1 / _APART < ratio < _APART and shift < 2:
        return None
    before, after = looks_like(facts.low, facts.high), looks_like(reference.low, reference.high)
    change = f"{before[0]}>{after[0]}" if before and after and before[0] != after[0] else ""
    return _finding(facts, change, f"the reference has {reference.low:.3g} to {reference.high:.3g}")


def _by_network(facts: InputFacts, trials: Trials) -> Finding | None:
    if trials.response(few=True).misfit is not None:
        return _by_normalization(facts, trials)
    all_changes = [change for key in looks_like(facts.low, facts.high) for change in changes_from(key)]
    changes = [change for change in all_changes if _suspicious(trials, change)]
    if not changes:
        return None
    as_is = trials.response()
    said = {change: said for change in changes if (said := _implausible(as_is, trials, change, facts))}
    if not said:
        return None
    spreads = {change: trials.response(change).spread or 0.0 for change in said}
    best, *others = [change for change in said if spreads[change] >= max(spreads.values()) / 2]
    return _finding(facts, best, said[best], others=others, seems=True)


def _suspicious(trials: Trials, change: str) -> bool:
    """Whether some samples leave room for the change to be called for."""
    as_is = trials.response(few=True)
    if not _widens(change):
        return _is_loud(as_is, _LOUD / _SLACK)
    if as_is.spread is None or as_is.spread > _STEADY * _SLACK or _is_loud(as_is, _QUIET * _SLACK):
        return False
    after = trials.response(change, few=True).spread
    low, high = _NATURAL
    return after is not None and low / _SLACK < after < high * _SLACK and after >= 10 / _SLACK * as_is.spread


def _is_loud(response: Response, gain: float) -> bool:
    """Whether the first layer's outputs vary at least so many times as much as its biases are large."""
    return response.gain is not None and response.gain >= gain


def _widens(change: str) -> bool:
    wanted = change.split(">")[1]
    return "bytes" in wanted or "centred" in wanted


def _by_normalization(facts: InputFacts, trials: Trials) -> Finding | None:
    """The change after which mean and deviation behind the first normalizations are those of training."""
    misfit = trials.response().misfit
    if misfit is None or misfit < _MISFIT:
        return None
    changes = [change for key in looks_like(facts.low, facts.high) for change in changes_from(key)]
    fits = {change: trials.response(change).misfit for change in changes}
    known = {change: fit for change, fit in fits.items() if fit is not None}
    if not known:
        return None
    best = min(known, key=lambda change: known[change])
    if known[best] > _BETTER * misfit or (known[best] > _MISFIT and known[best] > _FAR_BETTER * misfit):
        return None
    said = (
        "mean and deviation behind the first batch normalizations are "
        f"{misfit:.2f} away from those of training, {known[best]:.2f} after the change"
    )
    return _finding(facts, best, said)


def _implausible(as_is: Response, trials: Trials, change: str, facts: InputFacts) -> str:
    """What is implausible as it is and plausible after the change; empty if nothing is."""
    widens = _widens(change)
    if widens == (max(abs(facts.low), abs(facts.high)) > 20):
        return ""
    if widens:
        return _too_small(as_is, trials, change)
    return _too_large(as_is, trials, change)


def _too_small(as_is: Response, trials: Trials, change: str) -> str:
    if as_is.spread is None or as_is.spread > _STEADY or _is_loud(as_is, _QUIET):
        return ""
    after = trials.response(change).spread
    if after is None or not _NATURAL[0] < after < _NATURAL[1] or after < 10 * as_is.spread:
        return ""
    return (
        f"the scores hardly depend on the sample (deviation {as_is.spread:.2g}); after the change they do ({after:.2g})"
    )


def _too_large(as_is: Response, trials: Trials, change: str) -> str:
    if not _is_loud(as_is, _LOUD):
        return ""
    after = trials.response(change)
    if as_is.saturated is not None and after.saturated is not None and as_is.saturated > _SATURATED:
        if after.saturated < as_is.saturated / 4:
            return (
                f"{as_is.saturated:.0%} of the values stand at the bound of the first Clips, "
                f"{after.saturated:.0%} after the change"
            )
        return ""
    if as_is.spread is None or after.spread is None or not _NATURAL[0] < after.spread < _NATURAL[1]:
        return ""
    if as_is.spread < _WILD and not _overdriven(as_is.spread, after.spread, change):
        return ""
    return f"the scores deviate by {as_is.spread:.3g} from sample to sample, by {after.spread:.2g} after the change"


def _overdriven(before: float, after: float, change: str) -> bool:
    """Whether scores shrink much less than the inputs: then biases count only after the change."""
    return before / after <= shrinks(change) / (_LESS if before >= _STRONG else _MUCH_LESS)


def _finding(facts: InputFacts, change: str, said: str, *, others: Sequence[str] = (), seems: bool = False) -> Finding:
    keys = change.split(">") if change else []
    phrases = dict.fromkeys(preparation(item.split(">")[1]).phrase for item in (change, *others) if item)
    wanted = f"; it {'seems to want' if seems else 'wants'} {', or '.join(phrases)}" if keys else ""
    remedy = "prepare the data as in training"
    if keys:
        remedy = f"prepare the pixels as in training; in the calibration file: {preparation(keys[1]).settings()}"
    return Finding(
        code="MW-Q103",
        level=Level.ERROR,
        message=f"input {facts.name!r}: the values are in another range than the network was trained on{wanted}",
        evidence=(f"the data go from {facts.low:.3g} to {facts.high:.3g}", said),
        explanation=_WHY,
        remedy=remedy,
        where=(facts.name,),
        fix=Fix(
            what=f"input {facts.name!r}: the data become {preparation(keys[1]).phrase}",
            input=facts.name,
            preparation=change,
        )
        if keys
        else None,
    )
