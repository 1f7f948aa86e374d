"""An ONNX source beside an artifact of other input shapes: as it is, in slices, or with its declared shapes opened."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from modelwright.errors import ArtifactInvalid
from modelwright.hub.io import load, save
from modelwright.hub.open_shapes import open_shapes
from modelwright.verify.runners.onnxruntime import CannotRunHere, OnnxRuntimeRunner, onnx_source
from modelwright.verify.source import (
    Arrays,
    SourceQuery,
    SourceResult,
    SourceRunFailed,
    SourceRunner,
    from_source,
    to_source,
)

LARGEST = 1_000_000_000
"""Bytes of the source above which no copy of it is made."""


def query_source(query: SourceQuery) -> SourceRunner | None:
    """The runner for an ONNX source, or None when it was cut: its own inputs and outputs are others."""
    if query.details.get("cut"):
        return None
    batch = query.details.get("batch")
    if batch is not None:
        return _in_slices(query, batch)
    return (
        _opened(query) if query.details.get("shapes_changed") else onnx_source(query.model, query.inputs, query.outputs)
    )


def _opened(query: SourceQuery) -> SourceRunner:
    """The source itself; where it refuses the shapes, a copy that declares none."""
    plain = onnx_source(query.model, query.inputs, query.outputs)

    def run(arrays: Arrays) -> SourceResult:
        try:
            return plain.run(arrays)
        except SourceRunFailed:
            if not _may_copy(query.model):
                raise
        with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
            found = onnx_source(_open_copy(query.model, Path(folder)), query.inputs, query.outputs).run(arrays)
        return SourceResult(arrays=found.arrays, label=f"{found.label} (declared shapes opened)")

    return SourceRunner(label=plain.label, run=run)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The source's fixed batch.

    Attributes:
        size: How many samples one run takes.
        inputs: Input of the artifact to its batch dimension.
        outputs: Output to its batch dimension and how many of its entries a sample has.
        only: Whether nothing but the batch has another size.
    """

    size: int
    inputs: Mapping[str, int]
    outputs: Mapping[str, tuple[int, int]]
    only: bool

    def samples(self, arrays: Arrays) -> int:
        name, axis = next(iter(self.inputs.items()))
        return arrays[name].shape[axis]

    def slice_of(self, name: str, array: np.ndarray, start: int) -> np.ndarray:
        """The samples from ``start`` on, the last one repeated where there are too few; what has no batch is whole."""
        axis = self.inputs.get(name)
        if axis is None:
            return array
        rows = [min(row, array.shape[axis] - 1) for row in range(start, start + self.size)]
        return np.take(array, rows, axis=axis)


def _in_slices(query: SourceQuery, facts: Mapping[str, Any]) -> SourceRunner:
    """The source run on so many samples at a time as its batch is; each run sees other samples."""
    batch = _Batch(facts["size"], facts["inputs"], facts["outputs"], facts["only"])
    label = f"the source in ONNX Runtime {onnxruntime.__version__}"

    def run(arrays: Arrays) -> SourceResult:
        with tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
            try:
                opened = not batch.only and _may_copy(query.model)
                runner = OnnxRuntimeRunner(_open_copy(query.model, Path(folder)) if opened else query.model)
                runs = [_one_run(runner, query, batch, arrays, start) for start in _starts(batch, arrays)]
            except (ArtifactInvalid, CannotRunHere) as error:
                raise SourceRunFailed(f"the source itself, at its own batch: {error.message}") from error
        said = f"{label}, {len(runs)} runs of batch {batch.size}"
        return SourceResult(arrays=_joined(runs, batch, batch.samples(arrays)), label=said)

    return SourceRunner(label=label, run=run)


def _starts(batch: _Batch, arrays: Arrays) -> range:
    return range(0, batch.samples(arrays), batch.size)


def _one_run(
    runner: OnnxRuntimeRunner, query: SourceQuery, batch: _Batch, arrays: Arrays, start: int
) -> dict[str, np.ndarray]:
    given = {name: batch.slice_of(name, array, start) for name, array in arrays.items()}
    return from_source(runner.run(to_source(given, query.inputs)), query.outputs)


def _joined(runs: list[dict[str, np.ndarray]], batch: _Batch, samples: int) -> dict[str, np.ndarray]:
    """Each output of all runs; one without a batch counts only if all runs agree on it."""
    joined: dict[str, np.ndarray] = {}
    for name, first in runs[0].items():
        parts = [result[name] for result in runs]
        if name in batch.outputs:
            axis, entries = batch.outputs[name]
            whole = np.concatenate(parts, axis=axis)
            joined[name] = np.take(whole, range(samples * entries), axis=axis)
        elif all(np.array_equal(part, first, equal_nan=first.dtype.kind in "fc") for part in parts):
            joined[name] = first
    return joined


def _may_copy(path: Path) -> bool:
    return path.stat().st_size <= LARGEST


def _open_copy(path: Path, folder: Path) -> Path:
    """The source with no sizes declared but those of its weights."""
    model = load(path)
    open_shapes(model, inputs=True)
    copy = folder / "source.onnx"
    save(model, copy)
    return copy
