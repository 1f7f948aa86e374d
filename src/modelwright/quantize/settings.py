"""What is asked of quantization, as data that a recipe can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modelwright.errors import UsageError


class Precision(StrEnum):
    """How a tensor or a part of the graph is computed.

    Attributes:
        INT8: Weights and activations in 8 bits, with calibrated scales.
        INT16: Activations in 16 bits, weights in 8.
        DYNAMIC: Weights in 8 bits; activations get their scale while the model runs.
        WEIGHTS: Weights only, 8 or 4 bits.
        FLOAT16: 16-bit floats.
        FLOAT: As it is.
    """

    INT8 = "int8"
    INT16 = "int16"
    DYNAMIC = "dynamic"
    WEIGHTS = "weights"
    FLOAT16 = "float16"
    FLOAT = "float"


class Method(StrEnum):
    """How a range is chosen from what calibration saw."""

    DEFAULT = "default"
    MINMAX = "minmax"
    PERCENTILE = "percentile"
    KL = "kl"
    MSE = "mse"


BITS = {"int4": 4, "uint4": 4, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16}
"""Bits of the dtypes that quantized tensors can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How numbers become integers.

    Attributes:
        dtype: A key of `BITS`.
        symmetric: Whether zero is in the middle: the zero point is 0 for signed dtypes, 128 for uint8.
        per_channel: Whether every channel has a scale of its own (weights only).
        block: Elements along the input axis that share a scale, for weights in blocks; 0 for none.
    """

    dtype: str = "int8"
    symmetric: bool = True
    per_channel: bool = False
    block: int = 0

    def __post_init__(self) -> None:
        if self.dtype not in BITS:
            raise UsageError(f"quantized tensors cannot be {self.dtype}", hint=f"one of {', '.join(BITS)}")
        if self.block < 0:
            raise UsageError(f"a block of {self.block} weights is asked for", hint="give 0 for none")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSettings:
    """Settings of a part of the graph, cut out by its edges (``custom_setting`` of a calibration file).

    Attributes:
        inputs: Names of the tensors that enter the part; the part lies between them and ``outputs``.
        outputs: Names of the tensors that leave it.
        precision: How the part is computed; None for as the rest.
        level: How much of it stays float, as `QuantizeSettings.level` has it; None for as the rest.
        method: How ranges are chosen in it; None for as the rest.
        max_percentile: For the percentile method; None for as the rest.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    precision: Precision | None = None
    level: int | None = None
    method: Method | None = None
    max_percentile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRange:
    """How the range of one tensor is chosen, and with it that of those that share its scale.

    Attributes:
        tensor: The tensor.
        method: How.
    """

    tensor: str
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeSettings:
    """Everything that determines how a model is quantized, but the data.

    Attributes:
        precision: What the model becomes, but for the exceptions below.
        level: Precision level of the calibration file (0-4): with 0 everything that the target computes in integers is
            quantized, with 1 what is known to be delicate stays float (Softmax, normalizations, elementwise of
            attention), with 2 only convolutions and matrix products are quantized.
        activations: How activations become integers; None for what the target wants.
        weights: How weights become integers; None for what the target wants.
        method: How ranges of activations are chosen.
        max_percentile: Share of the values that stay inside the range, for the percentile method.
        target: Name of the placement rules: which operators are quantized and what shares scales.
        finetune: 0 nothing; 1 equalization and bias correction; 2 and 3 weight rounding, with more steps.
        ignore_op_types: Operator types that stay float.
        ignore_op_names: Nodes that stay float.
        parts: Parts with settings of their own.
        truncate_at: Names of tensors at which the graph is cut: what follows is left out of quantization.
        min_cosine: Least cosine of every output that mixed precision must reach; None for no mixed precision.
        max_drop: Largest drop of the metric, in its own unit (0.005 is half a percent of top-1); None for no mixed
            precision.
        max_float: Largest share of the tensors that mixed precision may take out; alone, so many of the most sensitive
            are taken out. None for as many as it needs.
        labels: File with the class of each sample, for the drop of top-1; None for the classes that the float model
            answers.
        fallback: Precision of the layers that mixed precision takes out: FLOAT or INT16.
        ranges: Tensors whose range is chosen otherwise than the rest's.
        outputs: Whether the model's outputs become integers, too, for those who take them as bytes.
    """

    precision: Precision = Precision.INT8
    level: int = 0
    activations: Scheme | None = None
    weights: Scheme | None = None
    method: Method = Method.DEFAULT
    max_percentile: float = 0.9999
    target: str = "onnxruntime"
    finetune: int = 1
    ignore_op_types: tuple[str, ...] = ()
    ignore_op_names: tuple[str, ...] = ()
    parts: tuple[PartSettings, ...] = ()
    truncate_at: tuple[str, ...] = ()
    min_cosine: float | None = None
    max_drop: float | None = None
    max_float: float | None = None
    labels: str | None = None
    fallback: Precision = Precision.FLOAT
    ranges: tuple[TensorRange, ...] = ()
    outputs: bool = False

    @property
    def mixed(self) -> bool:
        """Whether mixed precision is asked for."""
        return any(item is not None for item in (self.min_cosine, self.max_drop, self.max_float))

    def __post_init__(self) -> None:
        for name, low, high in (("min_cosine", -1.0, 1.0), ("max_drop", 0.0, float("inf")), ("max_float", 0.0, 1.0)):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UsageError(f"{name} is {value:g}", hint=f"give a number from {low:g} to {high:g}")
        if not 0 < self.max_percentile <= 1:
            raise UsageError(
                f"max_percentile is {self.max_percentile:g}",
                hint="give a share up to 1: 0.9999 keeps all but one value in ten thousand",
            )
        if self.finetune not in range(4):
            raise UsageError(f"the level of fine-tuning is {self.finetune}", hint="choose 0, 1, 2 or 3")
        if self.fallback not in (Precision.FLOAT, Precision.INT16):
            raise UsageError(f"layers cannot fall back to {self.fallback.value}", hint="choose float or int16")
        if self.labels is not None and self.max_drop is None:
            raise UsageError("labels are of use only with a largest drop", hint="add --max-drop 0.5%")
