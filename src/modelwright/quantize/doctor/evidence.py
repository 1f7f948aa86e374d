"""All that the checks look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import onnx_ir as ir

from modelwright.quantize.doctor.input_facts import InputFacts, InputWatch
from modelwright.quantize.doctor.tensor_facts import TensorFacts
from modelwright.quantize.doctor.trials import Trials
from modelwright.quantize.params import Params, Placement
from modelwright.quantize.settings import QuantizeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known; parts may be missing, and checks that need them then say nothing.

    Attributes:
        model: The float model.
        settings: How it is to be quantized.
        data: The calibration data.
        reference: Data known to be right, if there are any.
        trials: For each image input, the network as a witness.
        tensors: Float tensors inside the network, by name.
        placement: What is quantized.
        params: With which numbers.
    """

    model: ir.Model
    settings: QuantizeSettings = field(default_factory=QuantizeSettings)
    data: InputWatch = field(default_factory=InputWatch)
    reference: InputWatch | None = None
    trials: Mapping[str, Trials] = field(default_factory=dict[str, Trials])
    tensors: Mapping[str, TensorFacts] = field(default_factory=dict[str, TensorFacts])
    placement: Placement | None = None
    params: Params | None = None

    def images(self) -> list[tuple[InputFacts, Trials | None]]:
        """Float inputs that are images, with their trials."""
        found = [facts for facts in self.data.facts.values() if facts.axes is not None and facts.is_float]
        return [(facts, self.trials.get(facts.name)) for facts in found]

    def reference_of(self, name: str) -> InputFacts | None:
        """The reference data of an input."""
        return None if self.reference is None else self.reference.facts.get(name)
