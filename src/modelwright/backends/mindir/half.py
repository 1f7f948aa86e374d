"""Models that compute in float16, where their numbers allow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic
from modelwright.errors import UsageError
from modelwright.formats import ArtifactTensor, TensorSpec
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.random_inputs import choose_shapes
from modelwright.hub.shapes import dims_of
from modelwright.passes.functions import inline_functions
from modelwright.passes.precision.notices import narrowing_notices
from modelwright.passes.precision.safe import narrow_where_safe

TOLERANCE: Final = 1e-2
"""Relative error under which no comparison of float16 says anything."""

_PRECISIONS: Final = ("fp32", "fp16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Halved:
    """What became of a model.

    Attributes:
        check: A phrase that says how many nodes compute in float16.
        notices: What stayed float32 because of its numbers.
        inputs: Inputs that are narrower than the hub's.
        outputs: Outputs likewise.
    """

    check: str
    notices: tuple[Diagnostic, ...]
    inputs: tuple[ArtifactTensor, ...]
    outputs: tuple[ArtifactTensor, ...]


def check_precision(precision: str, fp32_layers: Sequence[str], *, keep_io_types: bool) -> bool:
    """Whether float16 is asked for.

    Raises:
        UsageError: There is no such precision, or something is asked for that only float16 has.
    """
    if precision not in _PRECISIONS:
        raise UsageError(f"--precision {precision}: MindIR is written in {' or '.join(_PRECISIONS)}")
    given = [name for name, value in (("fp32_layers", fp32_layers), ("keep_io_types", keep_io_types)) if value]
    if given and precision == "fp32":
        raise UsageError(f"--{given[0]} needs --precision fp16", hint="else dtypes stay as they are anyway")
    return precision == "fp16"


def halve(model: ir.Model, fp32_layers: Sequence[str], *, keep_io_types: bool) -> Halved:
    """Makes a model compute in float16 where no number gets too large for it.

    Args:
        model: Changed in place.
        fp32_layers: Nodes that stay float32.
        keep_io_types: Whether inputs and outputs stay float32.

    Raises:
        UnknownNameError: ``fp32_layers`` names no node.
    """
    inline_functions(model)
    given = [value for value in model.graph.inputs if not value.is_initializer()]
    floats_in, floats_out = _floats(given), _floats(model.graph.outputs)
    specs = [
        TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=dims_of(value.shape)) for value in given
    ]
    result, measured = narrow_where_safe(
        model, ir.DataType.FLOAT16, keep=fp32_layers, keep_io=keep_io_types, shapes=choose_shapes(specs, {})
    )
    return Halved(
        check=f"{result.nodes} nodes compute in float16, {len(result.kept)} in float32",
        notices=tuple(narrowing_notices(result, measured=measured)),
        inputs=() if keep_io_types else _narrower(floats_in),
        outputs=() if keep_io_types else _narrower(floats_out),
    )


def _floats(values: Sequence[ir.Value]) -> tuple[str, ...]:
    return tuple(value.name or "" for value in values if value.dtype == ir.DataType.FLOAT)


def _narrower(names: Sequence[str]) -> tuple[ArtifactTensor, ...]:
    return tuple(ArtifactTensor(name=name, artifact=name, dtype="float16") for name in names)
