"""What a calibration file says, as settings."""

from __future__ import annotations

from dataclasses import dataclass

from modelwright.diagnostics import Diagnostic
from modelwright.quantize.data.settings import DataSettings
from modelwright.quantize.settings import QuantizeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """``model_parameters``: the model and where the result goes.

    Attributes:
        onnx_model: The model; a model given otherwise goes before it. None when the file names none.
        output_prefix: Name of the result without ``.onnx``; None for the model's stem and ``.q``.
        working_dir: Folder of the result; None for the model's.
        simplify: Whether the graph is optimized first.
        opset: Opset of the result; None keeps the model's.
    """

    onnx_model: str | None = None
    output_prefix: str | None = None
    working_dir: str | None = None
    simplify: bool = True
    opset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFile:
    """A calibration file, checked; its paths are absolute.

    Attributes:
        model: The model and the result's place.
        settings: How it is quantized.
        data: Calibration data; None when the precision needs none and the file names none.
        report: Whether the analysis is written (``analysis_enable``).
        remarks: What is odd about it, or was decided for it.
    """

    model: ModelSettings
    settings: QuantizeSettings
    data: DataSettings | None
    report: bool = True
    remarks: tuple[Diagnostic, ...] = ()
