"""Looking at tensors inside a model: which ones, in how many runs, with what memory."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import onnx_ir as ir

from modelwright.errors import ArtifactInvalid
from modelwright.hub.skeleton import DIGESTED, Skeleton, digest_names
from modelwright.verify.runners.onnxruntime import RUNNABLE, CannotRunHere, OnnxRuntimeRunner

_WIDTHS: Final = {"string": 16}


class Probe(Protocol):
    """A model whose tensors can be looked at.

    Attributes:
        label: What runs it, with version.
        runs: How often it has run.
    """

    label: str
    runs: int

    def fetch(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The tensors of those names, from one run; those that cannot be had are missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is known of a tensor without holding it.

    Attributes:
        shape: Its sizes.
        dtype: Its lower-case dtype.
        mean: Mean of the elements; NaN where there is none.
        norm: Euclidean norm; NaN where there is none.
    """

    shape: tuple[int, ...]
    dtype: str
    mean: float
    norm: float

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor."""
        width = _WIDTHS.get(self.dtype) or (np.dtype(self.dtype).itemsize if self.dtype in RUNNABLE else 4)
        return self.size * width


class OnnxProbe:
    """An ONNX model, run as written, of which any tensor of the main graph can be had.

    Attributes:
        label: The runtime and its version.
        runs: How often a part that begins at the model's inputs has run.
        replays: How often a part inside has run.
    """

    def __init__(self, model: ir.Model, folder: Path, inputs: Mapping[str, np.ndarray]) -> None:
        """Writes the weights to the folder, which must outlive the probe.

        Args:
            model: The model; its values have names.
            folder: An empty folder.
            inputs: The arrays it runs on, by name.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.label = ""
        self.runs = 0
        self.replays = 0
        self.skeleton = Skeleton(model, folder)
        self._inputs = dict(inputs)
        self._ask_for_types()

    def _ask_for_types(self) -> None:
        """Learns from the runtime what onnx could not infer, behind operators that only the runtime knows."""
        dtypes = self.skeleton.dtypes
        unknown = [name for name in self.skeleton.made if dtypes.get(name, "unknown") == "unknown"]
        if not unknown:
            return
        path = self.skeleton.write(unknown)
        try:
            runner = OnnxRuntimeRunner(path, as_written=True)
            dtypes |= {spec.name: spec.dtype if spec.dtype in RUNNABLE else "" for spec in runner.outputs}
        except (ArtifactInvalid, CannotRunHere):
            dtypes |= dict.fromkeys(unknown, "")
        finally:
            path.unlink(missing_ok=True)

    def survey(self, outputs: Sequence[str], names: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, Digest]]:
        """The outputs, and digests of other tensors, from one run.

        Args:
            outputs: Tensors to fetch.
            names: Tensors to digest; those that are no tensors are left out.

        Raises:
            ArtifactInvalid: The model does not load or run.
            CannotRunHere: The runtime lacks something that the model needs.
        """
        dtypes = self.skeleton.dtypes
        named = [name for name in names if dtypes.get(name, "unknown") in RUNNABLE]
        wanted = [name for name in outputs if dtypes.get(name, "unknown") in (*RUNNABLE, "unknown")]
        if not wanted and not named:
            return {}, {}
        path = self.skeleton.write(wanted, digests=named)
        found = self._run(path, self._inputs, None)
        self.runs += 1
        digests = {name: _digest(found, place, dtypes[name]) for place, name in enumerate(named)}
        return {name: found[name] for name in wanted if name in found}, digests

    def fetch(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The tensors of those names, from one run of what computes them."""
        found = self._run(self.skeleton.write(list(names)), self._inputs, list(names))
        self.runs += 1
        return found

    def replay(self, ends: Sequence[str], starts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The tensors ``ends`` computed from given tensors inside the model."""
        kinds = {name: (_dtype(array), array.ndim) for name, array in starts.items()}
        self.replays += 1
        return self._run(self.skeleton.write(list(ends), starts=kinds), {**self._inputs, **starts}, list(ends))

    def _run(self, path: Path, arrays: Mapping[str, np.ndarray], only: Sequence[str] | None) -> dict[str, np.ndarray]:
        try:
            runner = OnnxRuntimeRunner(path, as_written=True)
            self.label = f"{runner.label}, node by node"
            given = {spec.name: arrays[spec.name] for spec in runner.inputs if spec.name in arrays}
            runnable = [spec.name for spec in runner.outputs if spec.dtype in RUNNABLE]
            return runner.run(given, [name for name in runnable if only is None or name in only])
        finally:
            with contextlib.suppress(OSError):
                path.unlink()


def _dtype(array: np.ndarray) -> str:
    return "string" if array.dtype.kind in "OSU" else array.dtype.name


def _digest(found: Mapping[str, np.ndarray], place: int, dtype: str) -> Digest:
    shape, mean, norm = digest_names(place)
    numeric = dtype in DIGESTED and mean in found
    return Digest(
        shape=tuple(int(size) for size in found[shape]),
        dtype=dtype,
        mean=float(found[mean]) if numeric else math.nan,
        norm=float(found[norm]) if numeric else math.nan,
    )
