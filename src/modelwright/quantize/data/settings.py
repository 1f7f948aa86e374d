"""Where calibration data lie and how they become a model's inputs, as data that a recipe can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modelwright.errors import UsageError


class FileType(StrEnum):
    """What the files hold."""

    IMAGE = "img"
    NPY = "npy"
    NPZ = "npz"
    RAW = "raw"


class Color(StrEnum):
    """Order of the channels that the model takes; means and deviations are in the same order."""

    RGB = "rgb"
    BGR = "bgr"


class Preset(StrEnum):
    """How images are resized, cropped and, unless an entry says its own numbers, normalized."""

    PT_IMAGENET = "PT_IMAGENET"
    IMAGENET = "IMAGENET"


SHAPE_WORDS: Final = "--data_shape (in a calibration file: input_shape)"
"""How a user says the sizes that a model leaves open, for hints."""

DEFAULT_BATCHES: Final = 100
"""Batches used when nothing is said: ``calibration_step`` of the calibration file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData:
    """The data of one input.

    Attributes:
        path: A text list of files (paths relative to the list), a folder, or an ``.npz``.
        name: The model's input; None for the one at the same place in the model's order.
        shape: Sizes for the input, with its batch, where the model leaves some open; None takes the model's.
        dtype: Dtype of the numbers in raw files; None takes the model's.
        file_type: What the files hold.
        color: Order of the channels; None leaves it to the preset, else BGR.
        mean: Subtracted from the pixels, in units of 0 to 255: one for each channel, or one for all.
        std: What the pixels are divided by afterwards, likewise.
        preset: How images are resized and cropped; None stretches them to the model's size.
        function: ``file.py:func`` that reads the files instead; it is run in a worker, and only when trusted.
    """

    path: str
    name: str | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    file_type: FileType = FileType.IMAGE
    color: Color | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    preset: Preset | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """The data of all inputs.

    Attributes:
        inputs: One for each input of the model, by name, else in the model's order.
        batches: Batches used at most.
        batch_size: Samples in a batch; None takes the batch that the model fixes, else 1.
    """

    inputs: tuple[InputData, ...]
    batches: int = DEFAULT_BATCHES
    batch_size: int | None = None

    def __post_init__(self) -> None:
        for said, what in ((self.batches, "batches of calibration data"), (self.batch_size, "samples in a batch")):
            if said is not None and said < 1:
                raise UsageError(f"{said} {what} are asked for", hint="give a number from 1")
