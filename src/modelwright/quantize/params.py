"""What is quantized, and with which numbers: the results of placement and of calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from modelwright.quantize.settings import Method, Scheme


class Role(StrEnum):
    """What a tensor is to the nodes that read it."""

    ACTIVATION = "activation"
    WEIGHT = "weight"
    BIAS = "bias"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedTensor:
    """A tensor that becomes integers.

    Attributes:
        name: The value's name in the model.
        role: What it is.
        scheme: How its numbers become integers.
        readers: Nodes that read the quantized form, as (node name, input index), in graph order; others read floats.
        axis: Axis of the channels for a scale per channel; None for one scale.
        group: Tensors of one group share one scale and zero point; None for a scale of its own.
        paired: For a weight whose neighbours must not add up to more than half of what int8 holds, each way in which
            they are neighbours: axes of the weight along which its product adds, the last one fastest.
        product: For a bias: names of the activation and the weight whose scales multiply to its own.
        method: How its range is chosen.
        max_percentile: For the percentile method.
        fixed: Scale and zero point that the operator determines (Sigmoid, Softmax in some targets); None to calibrate.
    """

    name: str
    role: Role
    scheme: Scheme
    readers: tuple[tuple[str, int], ...]
    axis: int | None = None
    group: str | None = None
    paired: tuple[tuple[int, ...], ...] = ()
    product: tuple[str, str] | None = None
    method: Method = Method.DEFAULT
    max_percentile: float = 0.9999
    fixed: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What of a model is quantized.

    Attributes:
        tensors: In graph order; names are unique.
        dynamic: Nodes whose activations get their scales while the model runs.
        halves: Nodes that compute in float16.
        floats: Nodes that could have been quantized and stay float, with the reason, in graph order.
    """

    tensors: tuple[QuantizedTensor, ...]
    dynamic: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    floats: tuple[tuple[str, str], ...] = ()

    def of_role(self, role: Role) -> tuple[QuantizedTensor, ...]:
        """The tensors of one role, in graph order."""
        return tuple(tensor for tensor in self.tensors if tensor.role is role)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorParams:
    """The numbers with which ``q = saturate(round(x / scale) + zero_point)`` (ONNX QuantizeLinear).

    Attributes:
        scale: float32, shape () or (channels,); with blocks, the weight's shape with the block axis divided.
        zero_point: Of ``dtype``, of the scale's shape.
        dtype: A key of `settings.BITS`, or int32 for biases.
        axis: Axis of the channels; None with one scale.
        block: Elements that share a scale along ``axis``; 0 for none.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    dtype: str
    axis: int | None = None
    block: int = 0


Params = Mapping[str, TensorParams]
"""Numbers by name of the tensor."""
