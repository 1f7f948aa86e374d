"""Names and shapes of a converted graph's inputs and outputs, as the user sees them."""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.errors import ConversionError, unknown_name
from modelwright.formats import Dim
from modelwright.frontends.tensorflow.reader import GraphTensor, TensorFlowModel


def named_dims(tensor: GraphTensor, name: str, *, alone: bool) -> tuple[Dim, ...] | None:
    """The shape with names for open dimensions; ``batch`` for the first one of a model with one input."""
    if tensor.shape is None:
        return None
    base = name.rpartition(":")[0] or name
    return tuple(
        dim if dim is not None else "batch" if alone and axis == 0 else f"{base}_dim{axis}"
        for axis, dim in enumerate(tensor.shape)
    )


def renamed(tensors: Sequence[GraphTensor], names: Sequence[str], kind: str) -> list[str]:
    """The names of the inputs or outputs, after ``--rename-inputs`` or ``--rename-outputs``.

    Raises:
        ConversionError: The number of names is not the number of tensors.
    """
    if not names:
        return [tensor.name for tensor in tensors]
    if len(names) != len(tensors):
        raise ConversionError(
            f"--rename-{kind}s gives {len(names)} names but the model has {len(tensors)} {kind}s",
            hint=f"the {kind}s are {', '.join(tensor.name for tensor in tensors)}",
        )
    return list(names)


def input_names(model: TensorFlowModel, wishes: Sequence[str]) -> list[str]:
    """The names of the ONNX model's inputs."""
    return renamed(model.inputs, wishes, "input")


def output_names(model: TensorFlowModel, wishes: Sequence[str], inputs: Sequence[str]) -> list[str]:
    """The names of the ONNX model's outputs.

    TensorFlow lets a signature call an input and an output alike; in ONNX a name means one tensor, so such an output
    becomes ``<name>_output``.
    """
    return [f"{name}_output" if name in inputs else name for name in renamed(model.outputs, wishes, "output")]


def matching(tensors: Sequence[GraphTensor], names: Sequence[str], kind: str) -> set[str]:
    """The user-facing names of the tensors that ``names`` mean, by user-facing or tensor name."""
    found: set[str] = set()
    for name in names:
        matches = [
            tensor.name for tensor in tensors if name in (tensor.name, tensor.tensor, tensor.tensor.split(":")[0])
        ]
        if not matches:
            raise unknown_name(kind, name, [tensor.name for tensor in tensors])
        found.update(matches)
    return found
