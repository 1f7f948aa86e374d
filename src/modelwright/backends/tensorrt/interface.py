"""Inputs and outputs of a model that becomes an engine, and whether the engine's are the same."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from modelwright.backends.tensorrt.build import Answer
from modelwright.errors import ArtifactInvalid
from modelwright.formats import TensorSpec
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.shapes import dims_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Inputs and outputs of a model.

    Attributes:
        inputs: What callers give; no initializers.
        outputs: What callers get.
        floats_in: Names of the inputs in float32.
        floats_out: Names of the outputs in float32.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    floats_in: tuple[str, ...]
    floats_out: tuple[str, ...]


def interface_of(model: ir.Model) -> Interface:
    """Inputs and outputs of a model."""
    graph = model.graph
    inputs = [value for value in graph.inputs if value.name not in graph.initializers]
    return Interface(
        inputs=tuple(_spec(value) for value in inputs),
        outputs=tuple(_spec(value) for value in graph.outputs),
        floats_in=tuple(value.name or "" for value in inputs if value.dtype == ir.DataType.FLOAT),
        floats_out=tuple(value.name or "" for value in graph.outputs if value.dtype == ir.DataType.FLOAT),
    )


def _spec(value: ir.Value) -> TensorSpec:
    return TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape))


def check_shapes(interface: Interface, answer: Answer) -> None:
    """Compares a model with what TensorRT understood of it, as far as both know sizes.

    Raises:
        ArtifactInvalid: An input or output is missing, or has another rank or other sizes.
    """
    wrong = [text for spec in (*interface.inputs, *interface.outputs) if (text := _difference(spec, answer))]
    if wrong:
        raise ArtifactInvalid(
            f"{answer.framework} built another model than it was given: {'; '.join(wrong)}",
            hint="it takes a layer for another than ONNX defines; find it by cutting the model: --inputs, --outputs",
        )


def _difference(spec: TensorSpec, answer: Answer) -> str:
    if not answer.shapes:
        return ""
    if spec.name not in answer.shapes:
        return f"'{spec.name}' is neither an input nor an output of it"
    found = answer.shapes[spec.name]
    if found is None or spec.shape is None:
        return ""
    pairs = zip(found, spec.shape, strict=False)
    same = len(found) == len(spec.shape) and all(
        size < 0 or not isinstance(dim, int) or size == dim for size, dim in pairs
    )
    return "" if same else f"'{spec.name}' has the shape {list(found)} instead of {list(spec.shape)}"
