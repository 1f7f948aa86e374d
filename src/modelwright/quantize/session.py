"""Runs a hub model in ONNX Runtime with tensors inside it looked at; its weights lie on disk and are mapped."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import onnx_ir as ir
import onnxruntime

from modelwright.errors import CalibrationDataError, ConversionError
from modelwright.hub.skeleton import Skeleton
from modelwright.hub.spreads import spread_names

_states: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
_FAILURES: Final[tuple[type[Exception], ...]] = (
    _states.Fail,
    _states.InvalidArgument,
    _states.InvalidGraph,
    _states.NotImplemented,
    _states.RuntimeException,
    ValueError,
)
_SILENT: Final = 4

Spread = tuple[float, float, np.ndarray]
"""Least and largest number of a tensor, and some of its numbers, float32."""


class ModelRuns:
    """A model on disk while it is being looked at; a context manager that removes what it wrote.

    Attributes:
        inputs: Names of the model's inputs.
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
        starts: Mapping[str, tuple[str, int]] | None = None,
    ) -> Runner:
        """What computes tensors of the model.

        Args:
            outputs: Names of values to have whole.
            spreads: Names of float32 values to have the spread of.
            most: Numbers of each of ``spreads`` to have at most.
            starts: Values that are given instead of being computed, each with dtype and rank.

        Raises:
            ConversionError: ONNX Runtime does not load the model.
        """
        return Runner(self._skeleton.write(outputs, spreads=spreads, most=most, starts=starts), outputs, spreads)


class Runner:
    """A session that gives some tensors of a model."""

    def __init__(self, path: Path, outputs: Sequence[str], spreads: Sequence[str]) -> None:
        self._outputs, self._spreads = tuple(outputs), tuple(spreads)
        try:
            self._session: Any = _opened(path)
        except _FAILURES as error:
            raise ConversionError(
                f"ONNX Runtime {onnxruntime.__version__} does not load the model, so that it cannot be calibrated: "
                f"{_short(error)}",
                hint="modelwright check or verify tell more about the model",
            ) from error
        self._names = [item.name for item in self._session.get_outputs()]
        self._needs = {item.name for item in self._session.get_inputs()}

    def run(self, feeds: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, Spread]]:
        """The outputs and the spreads on one batch, by name.

        Raises:
            CalibrationDataError: The model does not run on this batch.
        """
        given = {name: np.ascontiguousarray(array) for name, array in feeds.items() if name in self._needs}
        try:
            results = self._session.run(None, given)
        except _FAILURES as error:
            shapes = ", ".join(f"{name} {array.dtype}{list(array.shape)}" for name, array in given.items())
            raise CalibrationDataError(
                f"the model does not run on the data ({shapes}): {_short(error)}",
                hint="the data must have the shapes and dtypes of the model's inputs (`modelwright info`)",
            ) from error
        found = dict(zip(self._names, results, strict=True))
        spreads: dict[str, Spread] = {}
        for place, name in enumerate(self._spreads):
            least, largest, some = (found[key] for key in spread_names(place))
            spreads[name] = float(least), float(largest), some
        return {name: found[name] for name in self._outputs}, spreads


def _opened(path: Path) -> Any:
    """A session whose products are exact, unless ONNX Runtime (1.31) cannot make them so: where weights are shared."""
    try:
        return onnxruntime.InferenceSession(path, session_options(), providers=["CPUExecutionProvider"])
    except _FAILURES as error:
        if "Attempt to replace the existing tensor" not in str(error):
            raise
        return onnxruntime.InferenceSession(path, session_options(exact=False), providers=["CPUExecutionProvider"])


def session_options(*, exact: bool = True) -> Any:
    """Options for many runs: optimized as for use, without threads that spin between nodes.

    Args:
        exact: Whether products of uint8 and int8 must not saturate, as they do on x86 processors without VNNI.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = _cores()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    return options


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
