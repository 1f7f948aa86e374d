"""Finds what is wrong with calibration data and does what can be done about it, until nothing more can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.quantize.doctor.examine import diagnose, examine
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.fixing import fixed_feeds, fixed_settings, fixes_of
from modelwright.quantize.doctor.scaled import with_scales
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.doctor.trials import Witness
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.session import ModelRuns
from modelwright.quantize.settings import QuantizeSettings

_ROUNDS: Final = 4
"""Layout, then range, then colour order, then what is left: a fault hides those behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What came of it.

    Attributes:
        settings: With what the fixes ask for.
        feeds: Likewise.
        fixed: Findings that were acted on.
        left: Findings that are left.
    """

    settings: QuantizeSettings
    feeds: Feeds
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]


def treat(
    model: ir.Model,
    feeds: Feeds,
    settings: QuantizeSettings,
    *,
    reference: Feeds | None = None,
    witness: Witness | None = None,
) -> Treatment:
    """Examines, fixes and examines again.

    Args:
        model: The prepared float model; it does not change.
        feeds: The calibration data.
        settings: How it is to be quantized.
        reference: Data known to be right.
        witness: The network as it was before optimization; the model itself if None.
    """
    fixed: list[Finding] = []
    found: tuple[Finding, ...] = ()
    treated = feeds
    with ModelRuns(model) as runs:
        run = opener(runs)
        for _ in range(_ROUNDS):
            evidence = examine(model, treated, run, settings=settings, reference=reference, witness=witness)
            found = diagnose(with_scales(evidence, treated))
            known = {(item.code, item.where[:1]) for item in fixed}
            new = [item for item in found if item.fix is not None and (item.code, item.where[:1]) not in known]
            if not new:
                break
            fixed.extend(new)
            treated, settings = fixed_feeds(feeds, fixes_of(fixed)), fixed_settings(settings, fixes_of(new))
    left = tuple(item for item in found if item not in fixed)
    return Treatment(settings=settings, feeds=treated, fixed=tuple(fixed), left=left)
