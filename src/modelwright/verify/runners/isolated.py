"""ONNX Runtime in a process of its own, which starts beside the conversion.

The conversion's process then imports no runtime, holds the weights only once, and outlives a runtime that crashes on a
model: that is a finding about the artifact.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from modelwright.errors import ArtifactInvalid, WorkerCrashedError
from modelwright.formats import TensorSpec
from modelwright.verify.runners.runner import CannotRunHere, Timed
from modelwright.workers.companion import Companion, Handler

if TYPE_CHECKING:
    import numpy as np

_FACTORY: Final = "modelwright.verify.runners.isolated:onnxruntime_handler"
_FAULTS: Final = {fault.__name__: fault for fault in (ArtifactInvalid, CannotRunHere)}


class IsolatedRuntime:
    """Where artifacts are loaded and run; a context manager that ends the process."""

    def __init__(self, *, early: bool = True, meanwhile: Callable[[], None] | None = None) -> None:
        """Starts the process now where a second core would otherwise be idle, else when it is needed.

        Args:
            early: Whether it may start now.
            meanwhile: What this process does, once, while the other one runs a model for the first time.
        """
        self._meanwhile = meanwhile
        self._companion = Companion(_FACTORY) if early and (os.cpu_count() or 1) > 1 else None
        self._expected: Path | None = None

    def __enter__(self) -> Self:
        """The runtime."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the process."""
        if self._companion is not None:
            self._companion.close()

    def expect(self, path: Path) -> None:
        """Starts loading a model file that will be opened soon."""
        with contextlib.suppress(WorkerCrashedError):  # opening it will find that out, too
            self._companion = self._companion or Companion(_FACTORY)
            self._companion.ask({"load": str(path)})
            self._expected = path

    def open(self, path: Path) -> IsolatedRunner:
        """Loads a model file, unless that has begun.

        Raises:
            CannotRunHere: Versions, operators or dtypes are beyond the runtime.
            ArtifactInvalid: The model does not load.
        """
        self._companion = self._companion or Companion(_FACTORY)
        expected, self._expected = self._expected, None
        if expected not in (None, path):
            self._companion.answer()  # to what nobody wants any more
        meanwhile, self._meanwhile = self._meanwhile, None
        return IsolatedRunner(self._companion, path, begun=expected == path, meanwhile=meanwhile)


class IsolatedRunner:
    """A session on one file in the other process; see ``OnnxRuntimeRunner``."""

    def __init__(
        self, companion: Companion, path: Path, *, begun: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Loads the file there, or waits until it is loaded."""
        self._companion, self._path = companion, path
        self._meanwhile: Callable[[], None] | None = None
        data, _ = self._call(None if begun else {"load": str(path)}, {}, "loading it")
        self.label = str(data["label"])
        self.inputs = tuple(_spec(item) for item in data["inputs"])
        self.outputs = tuple(_spec(item) for item in data["outputs"])
        self._meanwhile = meanwhile

    def timed(self, arrays: Mapping[str, np.ndarray]) -> Timed:
        """Outputs, and how long a run takes there."""
        data, outputs = self._call({}, arrays, "running it")
        return Timed(outputs=outputs, milliseconds=data["milliseconds"])

    def _call(
        self, data: dict[str, Any] | None, arrays: Mapping[str, np.ndarray], doing: str
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        try:
            if data is not None:
                self._companion.ask(data, arrays)
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile is not None:
                meanwhile()
            answer, outputs = self._companion.answer()
        except WorkerCrashedError as error:
            raise ArtifactInvalid(
                f"{self._path}: ONNX Runtime did not survive {doing}: {error.message}",
                hint="this is a fault of the runtime or too little memory; the model may be right",
            ) from error
        fault = answer.get("fault")
        if fault is not None:
            raise _FAULTS[fault["class"]](fault["message"], hint=fault["hint"], node=fault["node"])
        return answer, outputs


def onnxruntime_handler() -> Handler:
    """The other side: keeps the runner that was loaded last."""
    from modelwright.verify.runners.onnxruntime import OnnxRuntimeRunner, warm_up

    warm_up()
    loaded: list[OnnxRuntimeRunner] = []

    def answer(data: dict[str, Any], arrays: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        if "load" not in data:
            found = loaded[0].timed(arrays)
            return {"milliseconds": found.milliseconds}, found.outputs
        loaded.clear()  # before the next one takes memory
        runner = OnnxRuntimeRunner(Path(data["load"]))
        loaded.append(runner)
        specs = {
            "inputs": _plain(runner.inputs),
            "outputs": _plain(runner.outputs),
        }
        return {"label": runner.label, **specs}, {}

    def handle(data: dict[str, Any], arrays: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        try:
            return answer(data, arrays)
        except (ArtifactInvalid, CannotRunHere) as error:
            kind = type(error).__name__
            return {"fault": {"class": kind, "message": error.message, "hint": error.hint, "node": error.node}}, {}

    return handle


def _plain(specs: tuple[TensorSpec, ...]) -> list[list[Any]]:
    return [[spec.name, spec.dtype, spec.shape] for spec in specs]


def _spec(plain: list[Any]) -> TensorSpec:
    name, dtype, shape = plain
    return TensorSpec(name=name, dtype=dtype, shape=None if shape is None else tuple(shape))
