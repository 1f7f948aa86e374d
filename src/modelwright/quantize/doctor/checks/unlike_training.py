"""Data unlike those of training, whatever the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.check import check
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.input_facts import InputFacts
from modelwright.quantize.doctor.preparations import changes_from, looks_like, preparation
from modelwright.quantize.doctor.trials import Trials

_FAR: Final = 1.0


@check("MW-Q109", "data unlike those of training")
def unlike_training(evidence: Evidence) -> Iterator[Finding]:
    """The first batch normalizations see other means and deviations than in training."""
    for facts, trials in evidence.images():
        if trials is None or trials.response(few=True).misfit is None:
            continue
        misfit = trials.response().misfit
        if misfit is None or misfit < _FAR:
            continue
        yield Finding(
            code="MW-Q109",
            level=Level.WARNING,
            message=f"input {facts.name!r}: the data are unlike those of training",
            evidence=(
                f"behind the first batch normalizations, mean and deviation are {misfit:.2f} away from training's",
                "below 0.4 is usual",
                *_nearest(facts, trials),
            ),
            explanation="The network answers such data badly, and ranges measured on them fit no others",
            remedy="compare the preparation (size, crop, mean, deviation, colour order) and the kind of pictures with "
            "those of training; --reference names data known to be right",
            where=(facts.name,),
        )


def _nearest(facts: InputFacts, trials: Trials | None) -> tuple[str, ...]:
    """The preparation that would come nearest to training."""
    if trials is None:
        return ()
    changes = [change for key in looks_like(facts.low, facts.high) for change in changes_from(key)]
    fits = {change: fit for change in changes if (fit := trials.response(change).misfit) is not None}
    if not fits:
        return ()
    best = min(fits, key=lambda change: fits[change])
    return (f"{preparation(best.split('>')[1]).phrase} would come nearest ({fits[best]:.2f})",)
