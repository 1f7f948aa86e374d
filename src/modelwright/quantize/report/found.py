"""What the report says, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modelwright.quantize.doctor.finding import Finding

SNR_LIMIT: Final = 0.1
"""Noise over signal above which a tensor is marked."""
COSINE_LIMIT: Final = 0.99
"""Cosine under which a tensor is marked."""


class Kind(StrEnum):
    """What a tensor is."""

    INPUT = "input"
    ACTIVATION = "activation"
    OUTPUT = "output"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """How far a tensor of the quantized model is from the float model's.

    Attributes:
        snr: Noise over signal, as energies: ``sum((q - f)^2) / sum(f^2)``; infinite where only the noise is not 0.
        mse: Mean of ``(q - f)^2``.
        cosine: Cosine of the two; 1 where both are 0.
    """

    snr: float
    mse: float
    cosine: float

    @property
    def bad(self) -> bool:
        """Whether it passes a limit."""
        return self.snr > SNR_LIMIT or self.cosine < COSINE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How the numbers of a tensor are spread, in bins of equal width from ``low`` to ``high``."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRow:
    """One tensor.

    Attributes:
        op: The node that makes it; the input's or the weight's reader for those.
        op_type: Its operator.
        var: The tensor's name.
        kind: What it is.
        dtype: What it becomes; empty where it stays float.
        error: With all layers before it quantized: cumulative.
        alone: What its layer adds when what it reads is exact but for rounding; None where that was not measured.
        quantized: Least and greatest number in the quantized model.
        floating: Least and greatest number in the float model.
        histogram: The float model's numbers.
        histogram_quantized: The quantized model's numbers, in the same bins.
    """

    op: str
    op_type: str
    var: str
    kind: Kind
    dtype: str
    error: Error
    alone: Error | None
    quantized: tuple[float, float]
    floating: tuple[float, float]
    histogram: Histogram
    histogram_quantized: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A measure of the float and of the quantized model; None where it is not known."""

    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do.

    Attributes:
        text: What, and why.
        command: What to type; empty where there is no command for it.
    """

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizationReport:
    """Everything the report says.

    Attributes:
        model: The model's name, as the user gave it.
        samples: Samples measured on.
        method: How it was quantized, a few phrases.
        tensors: In graph order.
        floats: Nodes that stayed float, with the reason.
        nodes: Number of nodes of the float model.
        bytes: Size of both models.
        milliseconds: Time of one run of both models.
        findings: What the doctor found.
        advice: What to do next.
    """

    model: str
    samples: int
    method: tuple[str, ...]
    tensors: tuple[TensorRow, ...]
    floats: tuple[tuple[str, str], ...]
    nodes: int
    bytes: Before
    milliseconds: Before
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()

    def ranked(self) -> list[TensorRow]:
        """The tensors with the worst SNR first; in graph order among equals."""
        return sorted(self.tensors, key=lambda row: -row.error.snr)

    def outputs(self) -> list[TensorRow]:
        """The model's outputs."""
        return [row for row in self.tensors if row.kind is Kind.OUTPUT]
