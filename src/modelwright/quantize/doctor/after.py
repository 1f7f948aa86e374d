"""What the doctor says of a model that was just calibrated, from what calibration saw anyway."""

from __future__ import annotations

import onnx_ir as ir

from modelwright.quantize.doctor.evidence import Evidence
from modelwright.quantize.doctor.examine import diagnose, with_trials
from modelwright.quantize.doctor.finding import Finding
from modelwright.quantize.doctor.input_facts import InputWatch
from modelwright.quantize.doctor.landmarks import landmarks
from modelwright.quantize.doctor.session import opener
from modelwright.quantize.doctor.tensor_facts import facts_of_sketch
from modelwright.quantize.doctor.trials import Witness
from modelwright.quantize.params import Params, Placement
from modelwright.quantize.session import ModelRuns
from modelwright.quantize.settings import QuantizeSettings
from modelwright.quantize.statistics import Statistics


def diagnose_calibrated(
    original: ir.Model,
    prepared: ir.Model,
    *,
    settings: QuantizeSettings,
    data: InputWatch,
    placement: Placement,
    params: Params,
    statistics: Statistics,
) -> tuple[Finding, ...]:
    """What is wrong, without another pass over the data: the network runs on a few kept samples only.

    Args:
        original: The float model as it was read: the best witness.
        prepared: The float model that was calibrated.
        settings: How it was quantized.
        data: What was seen of the data while they went by.
        placement: What was quantized.
        params: With which numbers.
        statistics: What calibration saw.
    """
    tensors = {name: facts_of_sketch(name, sketch) for name, sketch in statistics.tensors.items()}
    evidence = Evidence(
        model=prepared, settings=settings, data=data, tensors=tensors, placement=placement, params=params
    )
    if not evidence.images():
        return diagnose(evidence)
    with ModelRuns(original) as runs:
        return diagnose(with_trials(evidence, Witness(places=landmarks(original), run=opener(runs, alone=False))))
