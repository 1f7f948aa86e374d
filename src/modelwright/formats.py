"""What models, artifacts and tensors are called and look like from outside, whatever their framework."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modelwright.errors import UsageError

Dim = int | str | None
"""One dimension: a size, a symbolic name, or unknown."""


class Format(enum.StrEnum):
    """The formats that modelwright reads or writes."""

    ONNX = "onnx"
    TF_GRAPHDEF = "tf-graphdef"
    TF_SAVED_MODEL = "tf-saved-model"
    TF_CHECKPOINT = "tf-checkpoint"
    TFLITE = "tflite"
    TFJS = "tfjs"
    KERAS = "keras"
    CAFFE = "caffe"
    PADDLE_PROGRAM = "paddle-program"
    PADDLE_PIR = "paddle-pir"
    MINDIR = "mindir"
    MINDSPORE_CHECKPOINT = "mindspore-checkpoint"

    @property
    def label(self) -> str:
        """The name a person reads."""
        return _LABELS[self]


_LABELS = {
    Format.ONNX: "ONNX model",
    Format.TF_GRAPHDEF: "TensorFlow GraphDef",
    Format.TF_SAVED_MODEL: "TensorFlow SavedModel",
    Format.TF_CHECKPOINT: "TensorFlow checkpoint with meta graph",
    Format.TFLITE: "TensorFlow Lite model",
    Format.TFJS: "TensorFlow.js model",
    Format.KERAS: "Keras model",
    Format.CAFFE: "Caffe model",
    Format.PADDLE_PROGRAM: "Paddle ProgramDesc model",
    Format.PADDLE_PIR: "Paddle PIR model",
    Format.MINDIR: "MindIR",
    Format.MINDSPORE_CHECKPOINT: "MindSpore checkpoint",
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
class ArtifactTensor:
    """An input or output of an artifact that is not as the hub has it.

    Attributes:
        name: The hub's name.
        artifact: The artifact's name.
        perm: ``artifact_array = hub_array.transpose(perm)``; None when the layouts are the same.
        dtype: The artifact's dtype where it is not the hub's: integers that stand for ``scale * (q - zero_point)``, or
            a narrower or wider type of the same kind.
        scale: Step of the integers; None when they are no steps.
        zero_point: The integer that stands for 0.
    """

    name: str
    artifact: str
    perm: tuple[int, ...] | None = None
    dtype: str | None = None
    scale: float | None = None
    zero_point: int = 0


class OriginalKind(enum.StrEnum):
    """Forms in which vendors' compilers take sources with the operators that these have themselves."""

    FROZEN_GRAPH = "frozen-graph"
    CAFFE = "caffe"
    MINDIR = "mindir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A source in a form that a vendor's compiler takes, its own operators kept.

    Attributes:
        kind: Which form.
        names: The hub's names of inputs and outputs to those in this form; ``node:0`` in a frozen graph.
        perms: Where layouts differ, by the hub's name: ``form_array = hub_array.transpose(perm)``.
        write: Writes the form's files into a folder, under the stem that it is given, and returns them: the model
            first, then its weights.
    """

    kind: OriginalKind
    names: Mapping[str, str]
    write: Callable[[Path, str], tuple[Path, ...]]
    perms: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])


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


_TRAILING_SHAPE = re.compile(r"^(?P<name>.*?)\s*\[(?P<dims>[^\[\]]*)\]$", re.DOTALL)
_SYMBOL = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]*$")


def split_list(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated list, without surrounding blanks; commas inside brackets do not separate.

    Raises:
        UsageError: A bracket is not closed or not opened, or a part is empty.
    """
    parts: list[str] = []
    depth = start = 0
    for index, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if depth not in (0, 1):
            raise UsageError(f"unbalanced brackets in {text!r}", hint="write name[1,224,224,3],other[1,10]")
        if char == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    if depth:
        raise UsageError(f"a bracket is not closed in {text!r}", hint="write name[1,224,224,3],other[1,10]")
    parts.append(text[start:].strip())
    if "" in parts:
        raise UsageError(f"an empty name in the list {text!r}", hint="separate names by single commas")
    return tuple(parts)


def parse_named_shape(text: str) -> NamedShape:
    """One tensor with an optional shape: ``x:0[1,28,28,3]``, ``ids[batch,?]``, ``scalar[]`` or just ``x``.

    Only brackets at the very end are a shape; others belong to the name: ``layers[0]/out[1,64]``.

    A dimension is a size, ``-1`` or ``?`` (unknown), or a symbolic name.

    Raises:
        UsageError: A dimension is none of these, or the name is empty.
    """
    match = _TRAILING_SHAPE.match(text.strip())
    name = match["name"] if match else text.strip()
    if not name or name.count("[") != name.count("]"):
        raise UsageError(f"{text!r} is not a tensor name with a shape", hint="write name or name[1,224,224,3]")
    if match is None:
        return NamedShape(name=name)
    dims = match["dims"].strip()
    return NamedShape(name=name, shape=tuple(_parse_dim(dim.strip(), text) for dim in dims.split(",")) if dims else ())


def parse_named_shapes(text: str) -> tuple[NamedShape, ...]:
    """A comma-separated list of tensors with optional shapes, as ``--inputs`` takes it.

    Raises:
        UsageError: The list is malformed or names a tensor twice.
    """
    found = tuple(parse_named_shape(part) for part in split_list(text))
    names = [item.name for item in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"named twice in {text!r}: {', '.join(twice)}", hint="name each tensor once")
    return found


def _parse_dim(dim: str, text: str) -> Dim:
    if dim in ("-1", "?"):
        return None
    if dim.isascii() and dim.isdigit():
        return int(dim)
    if _SYMBOL.match(dim):
        return dim
    raise UsageError(
        f"{dim!r} is not a dimension in {text!r}", hint="a dimension is a size, -1 or ? for unknown, or a symbolic name"
    )
