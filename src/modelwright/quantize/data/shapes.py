"""Which entry is which input of the model, which shape each input gets, and what makes a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelwright.errors import CalibrationDataError, ConversionError, near_matches
from modelwright.formats import Dim, TensorSpec, format_shape
from modelwright.hub.dtypes import dtype_named
from modelwright.quantize.data.layout import is_single_image
from modelwright.quantize.data.settings import SHAPE_WORDS, FileType, InputData


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedInput:
    """An entry with the input that it is for.

    Attributes:
        data: The entry.
        spec: The input.
        dtype: Its dtype.
        shape: The model's shape with the entry's sizes where the model leaves them open.
        batched: Whether the first axis counts samples.
    """

    data: InputData
    spec: TensorSpec
    dtype: np.dtype[Any]
    shape: tuple[Dim, ...]
    batched: bool = True

    @property
    def item(self) -> tuple[Dim, ...]:
        """Shape of a sample."""
        return self.shape[1:] if self.batched else self.shape


def pair(entries: Sequence[InputData], specs: Sequence[TensorSpec]) -> tuple[tuple[InputData, TensorSpec], ...]:
    """Each input of the model with its entry, by name, else in order.

    Raises:
        CalibrationDataError: There are more or fewer entries than inputs, or one names an input that is not there.
    """
    named = {entry.name: entry for entry in entries if entry.name is not None}
    known = {spec.name for spec in specs}
    for name in named:
        if name not in known:
            close = near_matches(name, known, limit=2)
            hint = f"did you mean {' or '.join(repr(item) for item in close)}? " if close else ""
            message = f"the calibration data name an input {name!r} that the model does not have"
            raise CalibrationDataError(message, hint=f"{hint}its inputs are {_listed(specs)}")
    if len(entries) != len(specs):
        raise CalibrationDataError(
            f"there are calibration data for {len(entries)} input{'s' if len(entries) != 1 else ''}, "
            f"but the model has {len(specs)}: {_listed(specs)}",
            hint="give one entry of input_parameters for each input, by input_name or in the model's order",
        )
    unnamed = iter([entry for entry in entries if entry.name is None])
    return tuple((named[spec.name] if spec.name in named else next(unnamed), spec) for spec in specs)


def _listed(specs: Sequence[TensorSpec]) -> str:
    return ", ".join(str(spec) for spec in specs)


def fit(data: InputData, spec: TensorSpec) -> FittedInput:
    """An entry's shape and dtype held against the model's.

    Raises:
        CalibrationDataError: They contradict each other, or the input is of a type that files cannot hold.
    """
    try:
        dtype = dtype_named(spec.dtype).numpy()
    except (ConversionError, TypeError):
        dtype = np.dtype(object)
    if dtype.kind not in "biuf":
        raise CalibrationDataError(f"input {spec.name!r} is {spec.dtype}: calibration data are numbers")
    if data.dtype is not None and data.file_type is not FileType.RAW and np.dtype(_dtype(data, spec)) != dtype:
        message = f"input {spec.name!r} is {spec.dtype}, but its entry says dtype {data.dtype}"
        raise CalibrationDataError(message, hint="leave dtype out; for raw files it says what they hold")
    return FittedInput(data=data, spec=spec, dtype=dtype, shape=_shape(data, spec))


def _dtype(data: InputData, spec: TensorSpec) -> np.dtype[Any]:
    """The dtype that an entry names, else the model's.

    Raises:
        CalibrationDataError: It is no dtype of numbers.
    """
    try:
        found = np.dtype(data.dtype or spec.dtype)
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "biuf":
        hint = "float32, float16, float64, int8 ... int64, uint8 ... uint64 or bool"
        raise CalibrationDataError(f"input {spec.name!r}: {data.dtype!r} is no dtype of numbers", hint=hint)
    return found


def file_dtype(fitted: FittedInput) -> np.dtype[Any]:
    """The dtype of the numbers in raw files."""
    return _dtype(fitted.data, fitted.spec)


def _shape(data: InputData, spec: TensorSpec) -> tuple[Dim, ...]:
    model, given = spec.shape, data.shape
    if given is None and model is None:
        message = f"the model does not say the shape of input {spec.name!r}"
        raise CalibrationDataError(message, hint=f"say it with {SHAPE_WORDS}")
    if given is None or model is None:
        return given if model is None and given is not None else model or ()
    pairs = zip(model, given, strict=False)
    if len(given) != len(model) or any(isinstance(size, int) and size != said for size, said in pairs):
        raise CalibrationDataError(
            f"input {spec.name!r}: input_shape {list(given)} is not the model's {format_shape(model)}",
            hint="correct input_shape or leave it out; another size needs another model (convert --inputs)",
        )
    return (*model[:1], *given[1:])  # an open batch stays open


def batch_of(inputs: Sequence[FittedInput], wanted: int | None) -> int:
    """Samples in a batch: what the model fixes, else what is wanted, else what an entry's shape says, else 1.

    The input of the highest rank decides, for that is the data and not a parameter.

    Raises:
        CalibrationDataError: The model fixes another number than is wanted.
    """
    able = [item for item in inputs if item.shape and not _is_whole(item)]
    if not able:
        return 1
    main = max(able, key=lambda item: len(item.shape))
    fixed = main.shape[0]
    if not isinstance(fixed, int):
        shaped = main.data.shape
        return wanted or (shaped[0] if shaped else 1)
    if wanted not in (None, fixed):
        raise CalibrationDataError(
            f"calibration_batch_size is {wanted}, but the model's batch is fixed to {fixed} (input {main.spec})",
            hint=f"use {fixed}, or open the batch with `convert onnx --inputs`",
        )
    return fixed


def is_batched(fitted: FittedInput, batch: int) -> bool:
    """Whether an input's first axis counts the batch's samples."""
    shape = fitted.shape
    return bool(shape) and not _is_whole(fitted) and (not isinstance(shape[0], int) or shape[0] == batch)


def _is_whole(fitted: FittedInput) -> bool:
    """Whether an input takes one image without a batch."""
    sizes = [size if isinstance(size, int) else None for size in fitted.shape]
    return fitted.data.file_type is FileType.IMAGE and is_single_image(sizes)
