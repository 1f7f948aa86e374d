"""The keys of a calibration file and what each may hold, by pydantic: imported only when such a file is read (ADR 14).

A key that is null counts as not given.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _lowered(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else value


def _one_of(value: int, valid: tuple[int, ...]) -> int:
    """The number, if it is one of a few; not a ``Literal``, which takes true for 1."""
    if value not in valid:
        raise PydanticCustomError("literal_error", "one of {expected}", {"expected": ", ".join(map(str, valid))})
    return value


Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
Percentile = Annotated[float, Field(ge=0.9, le=1)]
Numbers = Annotated[list[float], Field(min_length=1), BeforeValidator(_listed)]
Names = Annotated[list[Text], Field(min_length=1)]
Level = Annotated[int, AfterValidator(lambda value: _one_of(value, (0, 1, 2, 3, 4, 100)))]
Finetune = Annotated[int, AfterValidator(lambda value: _one_of(value, (0, 1, 2, 3)))]
Method = Annotated[Literal["default", "kl", "minmax", "percentile", "mse"], BeforeValidator(_lowered)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ModelTable(_Table):
    """``model_parameters``."""

    onnx_model: Text | None = None
    output_prefix: Text | None = None
    working_dir: Text | None = None
    skip_onnxsim: bool | None = None
    opset: Count | None = None


class InputTable(_Table):
    """An entry of ``input_parameters``."""

    input_name: Text | None = None
    input_shape: Annotated[list[Count], Field()] | None = None
    dtype: Annotated[Text, BeforeValidator(_lowered)] | None = None
    file_type: Annotated[Literal["img", "npy", "npz", "raw"], BeforeValidator(_lowered)] | None = None
    color_format: Annotated[Literal["rgb", "bgr"], BeforeValidator(_lowered)] | None = None
    mean_value: Numbers | None = None
    std_value: Numbers | None = None
    preprocess_file: Text | None = None
    data_list_path: Text | None = None


class CalibrationTable(_Table):
    """``calibration_parameters``, with ``input_parametres`` already called ``input_parameters``."""

    calibration_step: Count | None = None
    calibration_batch_size: Count | None = None
    calibration_device: Annotated[Literal["cpu", "cuda"], BeforeValidator(_lowered)] | None = None
    calibration_type: Method | None = None
    input_parameters: list[InputTable] | None = None


class CustomTable(_Table):
    """An entry of ``custom_setting``."""

    input_names: Names
    output_names: Names
    precision_level: Level | None = None
    calibration_type: Method | None = None
    max_percentile: Percentile | None = None


class QuantizationTable(_Table):
    """``quantization_parameters``."""

    precision_level: Level | None = None
    finetune_level: Finetune | None = None
    max_percentile: Percentile | None = None
    analysis_enable: bool | None = None
    custom_setting: list[CustomTable] | None = None
    truncate_var_names: list[Text] | None = None
    ignore_op_types: list[Text] | None = None
    ignore_op_names: list[Text] | None = None


class FileTable(_Table):
    """The whole file."""

    model_parameters: ModelTable | None = None
    calibration_parameters: CalibrationTable | None = None
    quantization_parameters: QuantizationTable | None = None
