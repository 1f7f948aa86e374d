"""Narrower floats where no number gets too large for them, as far as random inputs can tell."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import onnx_ir as ir

from modelwright.errors import unknown_name
from modelwright.formats import TensorSpec
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.io import save
from modelwright.hub.random_inputs import random_inputs
from modelwright.passes.finalize import finalize
from modelwright.passes.precision.narrow import LARGEST, Narrowed, narrow
from modelwright.passes.precision.ranges import largest_magnitudes

_MARGIN: Final = 4.0
"""Real inputs may make numbers this much larger than random ones do."""


def narrow_where_safe(
    model: ir.Model,
    dtype: ir.DataType,
    *,
    keep: Iterable[str],
    keep_io: bool,
    shapes: Mapping[str, Sequence[int]],
) -> tuple[Narrowed, bool]:
    """Makes a model compute in ``dtype``, except nodes whose numbers come near what it can hold.

    Args:
        model: Changed in place.
        dtype: ``FLOAT16`` or ``BFLOAT16``.
        keep: Names of nodes that the user wants in float32.
        keep_io: Whether the graph's inputs and outputs stay float32.
        shapes: Sizes of each input to measure with.

    Returns:
        What became of it, and whether the numbers could be measured.

    Raises:
        UnknownNameError: ``keep`` names no node.
    """
    names = {node.name or "" for node in model.graph}
    reasons = dict.fromkeys(keep, "asked for")
    for name in reasons:
        if name not in names:
            raise unknown_name("layer", name, names)
    magnitudes = _measure(model, shapes)
    limit = LARGEST[dtype] / _MARGIN
    for node in model.graph:
        found = [value for value in node.inputs if value is not None and _size(value, magnitudes) > limit]
        if (magnitudes or {}).get(node.name or "", 0.0) > limit or found:
            reasons.setdefault(node.name or "", f"its numbers come near the largest {dtype.name.lower()}")
    result = narrow(model, dtype, keep=reasons, keep_io=keep_io)
    finalize(model)
    _drop_unused(model.graph)
    return result, magnitudes is not None


def _size(value: ir.Value, magnitudes: Mapping[str, float] | None) -> float:
    producer = value.producer()
    return 0.0 if producer is None else (magnitudes or {}).get(producer.name or "", 0.0)


def _measure(model: ir.Model, shapes: Mapping[str, Sequence[int]]) -> dict[str, float] | None:
    specs = [
        TensorSpec(name=value.name or "", dtype=dtype_name(value.dtype), shape=tuple(shapes[value.name or ""]))
        for value in model.graph.inputs
        if value.dtype is not None and value.name in shapes
    ]
    if len(specs) < len(model.graph.inputs):
        return None
    with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        path = Path(folder) / "model.onnx"
        save(model, path)
        return largest_magnitudes(path, random_inputs(specs, seed=0))


def _drop_unused(graph: ir.Graph) -> None:
    """Weights whose narrower twin took their place."""
    kept = {*graph.inputs, *graph.outputs}
    for value in list(graph.initializers.values()):
        if not value.uses() and value not in kept:
            del graph.initializers[value.name or ""]
