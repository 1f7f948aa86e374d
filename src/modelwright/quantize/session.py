"""Runs a hub model in ONNX Runtime with tensors inside it looked at; its weights lie on disk and are mapped."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import onnx_ir as ir
import onnxruntime

from modelwright.errors import CalibrationDataError, ConversionError
from modelwright.hub.skeleton import Skeleton
from modelwright.hub.spreads import spread_name

_states: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
_FAILURES: Final[tuple[type[Exception], ...]] = (
    _states.Fail,
    _states.InvalidArgument,
    _states.InvalidGraph,
    _states.NotImplemented,
    _states.RuntimeException,
    ValueError,
)
_LOST: Final = "Failed to find node output"
_SILENT: Final = 4
_PROVIDER: Final = "CPUExecutionProvider"
_MOST_STREAMS: Final = 4
"""Batches that run side by side at most; each has memory of its own for what lies between layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """How the numbers of some tensors are spread, in the order in which they were asked for.

    Attributes:
        least: float32 ``[T]``, the least number of each; 0 may stand for a larger one. NaN where none was asked for.
        largest: float32 ``[T]``, the largest number of each, or NaN.
        numbers: Some of the numbers of each, float32 ``[n]``.
    """

    least: np.ndarray
    largest: np.ndarray
    numbers: tuple[np.ndarray, ...]


_NOTHING: Final = Spreads(least=np.zeros(0, np.float32), largest=np.zeros(0, np.float32), numbers=())


class ModelRuns:
    """A model on disk while it is being looked at; a context manager that removes what it wrote.

    Attributes:
        inputs: Names of the model's inputs.
        dtypes: Lower-case dtypes of its values, as far as they are known.
        shapes: Dimensions of its values, None where they are open.
    """

    def __init__(self, model: ir.Model) -> None:
        """Writes the weights to a folder of its own.

        Args:
            model: The model; its values have names. Later changes to it are not seen.

        Raises:
            OutputError: There is no room for temporary files.
        """
        self._cleanup = ExitStack()
        folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="modelwright-"))
        self._skeleton = Skeleton(model, Path(folder))
        self.inputs = tuple(value.name or "" for value in model.graph.inputs)
        self.dtypes = self._skeleton.dtypes
        self.shapes = self._skeleton.shapes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def runner(
        self,
        outputs: Sequence[str] = (),
        *,
        spreads: Sequence[str] = (),
        most: int = 0,
        steps: Mapping[str, int] | None = None,
        unbound: Container[str] = (),
        starts: Mapping[str, tuple[str, int]] | None = None,
        alone: bool = False,
    ) -> Runner:
        """What computes tensors of the model.

        Args:
            outputs: Names of values to have whole.
            spreads: Names of float values to have the spread of, as float32.
            most: Numbers of each of ``spreads`` to have at most, of each sample where shapes are known.
            steps: Every which number to have of some of ``spreads``, so that tensors of one shape give numbers from the
                same places; otherwise what is cheap for their shapes.
            unbound: Those of ``spreads`` of which only numbers are wanted: their least and largest are NaN.
            starts: Values that are given instead of being computed, each with dtype and rank.
            alone: Whether one batch at a time has all cores. Otherwise each has few, and several run side by side:
                cores that share a batch wait for each other at every node.

        Raises:
            ConversionError: ONNX Runtime does not load the model.
        """
        path = self._skeleton.write(outputs, spreads=spreads, most=most, steps=steps, unbound=unbound, starts=starts)
        return Runner(path, outputs, spreads, streams=1 if alone else min(_MOST_STREAMS, _cores()))


class Runner:
    """A session that gives some tensors of a model."""

    def __init__(self, path: Path, outputs: Sequence[str], spreads: Sequence[str], *, streams: int) -> None:
        self._outputs, self._spreads, self._streams = tuple(outputs), tuple(spreads), streams
        try:
            self._session: Any = _opened(path, threads=max(1, _cores() // streams))
        except _FAILURES as error:
            raise ConversionError(
                f"ONNX Runtime {onnxruntime.__version__} does not load the model, so that it cannot be calibrated: "
                f"{_short(error)}",
                hint="modelwright check or verify tell more about the model",
            ) from error
        self._names = [item.name for item in self._session.get_outputs()]
        self._needs = {item.name for item in self._session.get_inputs()}

    def run(self, feeds: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], Spreads]:
        """The outputs, by name, and the spreads on one batch.

        Raises:
            CalibrationDataError: The model does not run on this batch.
        """
        given = {name: np.asarray(array, order="C") for name, array in feeds.items() if name in self._needs}
        try:
            results = self._session.run(None, given)
        except _FAILURES as error:
            shapes = ", ".join(f"{name} {array.dtype}{list(array.shape)}" for name, array in given.items())
            raise CalibrationDataError(
                f"the model does not run on the data ({shapes}): {_short(error)}",
                hint="the data must have the shapes and dtypes of the model's inputs (`modelwright info`)",
            ) from error
        found = dict(zip(self._names, results, strict=True))
        return {name: found[name] for name in self._outputs}, self._spread(found)

    def stream(self, batches: Iterable[Mapping[str, np.ndarray]]) -> Iterator[tuple[dict[str, np.ndarray], Spreads]]:
        """What ``run`` gives for each batch, in order; some run side by side.

        Args:
            batches: The batches, of which a few are taken ahead.

        Raises:
            CalibrationDataError: The model does not run on one of them.
        """
        if self._streams == 1:
            yield from map(self.run, batches)
            return
        with ThreadPoolExecutor(self._streams) as pool:
            pending: deque[Future[tuple[dict[str, np.ndarray], Spreads]]] = deque()
            for batch in batches:
                pending.append(pool.submit(self.run, batch))
                if len(pending) > self._streams:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()

    def _spread(self, found: Mapping[str, np.ndarray]) -> Spreads:
        if not self._spreads:
            return _NOTHING
        arrays = [found[spread_name(place)] for place in range(len(self._spreads))]
        least, largest = np.array([array[:2] for array in arrays]).T
        return Spreads(least=least, largest=largest, numbers=tuple(array[2:] for array in arrays))


def _opened(path: Path, threads: int) -> Any:
    """A session whose products are exact and that is optimized, unless ONNX Runtime (1.31) fails over either.

    Exact products fail where weights are shared; some fusions lose tensors that are asked for.
    """
    try:
        return _session(path, session_options(threads))
    except (*_FAILURES, RuntimeError) as error:
        if "Attempt to replace the existing tensor" in str(error):
            return _session(path, session_options(threads, exact=False))
        if _LOST not in str(error):
            raise
        options = session_options(threads)
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        return _session(path, options)


def _session(path: Path, options: Any) -> Any:
    return onnxruntime.InferenceSession(path, options, providers=[_PROVIDER], enable_fallback=0)


def session_options(threads: int, *, exact: bool = True) -> Any:
    """Options for many runs: optimized as for use, without threads that spin between nodes.

    Args:
        threads: How many a run has.
        exact: Whether products of uint8 and int8 must not saturate, as they do on x86 processors without VNNI.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it lays out a block for all tensors at once, larger than what is ever held
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    return options


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
