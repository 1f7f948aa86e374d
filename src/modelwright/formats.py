"""What models, artifacts and tensors are called and look like from outside, whatever their framework."""

from __future__ import annotations

import enum
from dataclasses import dataclass

Dim = int | str | None
"""One dimension: a size, a symbolic name, or unknown."""


class Format(enum.StrEnum):
    """The formats that modelwright reads or writes."""

    ONNX = "onnx"
    TF_GRAPHDEF = "tf-graphdef"
    TF_SAVED_MODEL = "tf-saved-model"
    TF_CHECKPOINT = "tf-checkpoint"

    @property
    def label(self) -> str:
        """The name a person reads."""
        return _LABELS[self]


_LABELS = {
    Format.ONNX: "ONNX model",
    Format.TF_GRAPHDEF: "TensorFlow GraphDef",
    Format.TF_SAVED_MODEL: "TensorFlow SavedModel",
    Format.TF_CHECKPOINT: "TensorFlow checkpoint with meta graph",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """Name, dtype and shape of a model's input or output.

    Attributes:
        name: The name in the model.
        dtype: ONNX's lower-case dtype name: ``float32``, ``int64``, ``string``, ...
        shape: Dimensions, or None when even the rank is unknown.
        denotations: Meaning of each dimension (``DATA_BATCH``, ...), empty strings where not given.
    """

    name: str
    dtype: str
    shape: tuple[Dim, ...] | None
    denotations: tuple[str, ...] = ()

    def __str__(self) -> str:
        """``name: float32[N, 3, ?, ?]``."""
        return f"{self.name}: {self.dtype}{format_shape(self.shape)}"


def format_shape(shape: tuple[Dim, ...] | None) -> str:
    """A shape as text: ``[N, 3, ?]``; ``[...]`` when the rank is unknown."""
    if shape is None:
        return "[...]"
    return "[" + ", ".join("?" if dim is None else str(dim) for dim in shape) + "]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A named entry point of a model, such as a SavedModel's ``serving_default``."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedShape:
    """A tensor's name with the shape the user wants for it, as ``--inputs x[1,224,224,3]`` says.

    Attributes:
        name: The tensor's name.
        shape: Sizes, symbolic names or None for a dimension left open; None when no shape was given.
    """

    name: str
    shape: tuple[Dim, ...] | None = None

    def __str__(self) -> str:
        """The spelling that the command line takes."""
        if self.shape is None:
            return self.name
        return f"{self.name}[{','.join('-1' if dim is None else str(dim) for dim in self.shape)}]"
