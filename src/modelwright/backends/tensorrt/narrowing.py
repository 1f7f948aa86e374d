"""Models that compute in float16 or bfloat16 in an engine, and what ONNX Runtime can compare of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.backends.tensorrt.settings import Settings
from modelwright.diagnostics import Diagnostic
from modelwright.hub import io
from modelwright.passes.opset.change import change_opset
from modelwright.passes.precision.emulate import emulate
from modelwright.passes.precision.notices import narrowing_notices
from modelwright.passes.precision.safe import narrow_where_safe

DTYPES: Final = {"fp16": ir.DataType.FLOAT16, "bf16": ir.DataType.BFLOAT16}
"""The dtype of each precision that narrows a graph."""

_BFLOAT16_SINCE: Final = 22
"""The opset that lets convolutions and pooling compute in bfloat16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What is to be said of a narrowed model: a phrase for the checks, and notices."""

    check: str
    notices: tuple[Diagnostic, ...]


def narrowed(
    model: ir.Model, settings: Settings, shapes: Mapping[str, Sequence[int]], beside: Collection[str] = ()
) -> Narrowing:
    """Makes a model compute in the precision that the settings name.

    Args:
        model: Changed in place.
        settings: The precision, and what stays float32.
        shapes: Sizes of each input to measure the numbers with.
        beside: Names of nodes that do not run in the engine, which stay float32; others than the model's are ignored.
    """
    if settings.precision == "bf16" and model.graph.opset_imports.get("", 0) < _BFLOAT16_SINCE:
        change_opset(model, _BFLOAT16_SINCE)
    rest = {node.name or "" for node in model.graph} & set(beside)
    keep = [*settings.fp32_layers, *sorted(rest - set(settings.fp32_layers))]
    result, measured = narrow_where_safe(
        model, DTYPES[settings.precision], keep=keep, keep_io=settings.keep_io_types, shapes=shapes
    )
    inside = replace(result, kept={name: reason for name, reason in result.kept.items() if name not in rest})
    return Narrowing(
        check=f"{inside.nodes} nodes compute in {settings.precision}, {len(inside.kept)} in float32",
        notices=tuple(narrowing_notices(inside, measured=measured)),
    )


def rounded(path: Path, to: Path) -> Path:
    """Writes a bfloat16 model in float32 that rounds as the engine does: ONNX Runtime has no kernels in bfloat16."""
    model = io.load(path)
    emulate(model, ir.DataType.BFLOAT16)
    io.save(model, to)
    return to
