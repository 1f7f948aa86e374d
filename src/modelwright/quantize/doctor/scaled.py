"""Evidence with the scales that a model would get."""

from __future__ import annotations

import dataclasses

from modelwright.quantize.calibrate import calibrate
from modelwright.quantize.chosen_ranges import with_ranges
from modelwright.quantize.compute import compute_params
from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.feeds import Feeds
from modelwright.quantize.params import Role
from modelwright.quantize.placement import place
from modelwright.quantize.settings import Precision


def with_scales(evidence: Evidence, feeds: Feeds) -> Evidence:
    """Places, calibrates and computes, where the precision has ranges and the data are finite.

    Args:
        evidence: Of a prepared float model.
        feeds: Its calibration data.

    Raises:
        UserError: The model, the settings or the data do not allow it.
    """
    broken = any(facts.not_finite for facts in evidence.data.facts.values())
    if broken or evidence.settings.precision not in (Precision.INT8, Precision.INT16):
        return evidence
    model = evidence.model
    placement = with_ranges(place(model, evidence.settings), evidence.settings.ranges)
    if not placement.of_role(Role.ACTIVATION):
        return dataclasses.replace(evidence, placement=placement)
    params = compute_params(model, placement, calibrate(model, placement, feeds))
    return dataclasses.replace(evidence, placement=placement, params=params)
