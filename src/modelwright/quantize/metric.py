"""A user's metric: ``file.py:func``, run in a worker process on each model that mixed precision judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import CalibrationDataError, ModelNotFoundError, ToolMissingError, UsageError
from modelwright.hub.io import save
from modelwright.quantize.feeds import Feeds
from modelwright.workers.protocol import Fault, log_tail
from modelwright.workers.runner import run_worker

SCRIPT: Final = Path(__file__).parents[1] / "workers" / "entry" / "metric_run.py"
TIMEOUT: Final = 3600.0
"""Seconds that a metric may take on one model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCall:
    """A user's function.

    Attributes:
        text: ``file.py:func``.
        trusted: Whether the user said that the file may be run.
        python: The interpreter for it; None for the running one.
    """

    text: str
    trusted: bool
    python: Path | None = None


class UserMetric:
    """The number that a user's function gives for a model."""

    def __init__(self, call: MetricCall, feeds: Feeds, scratch: Path) -> None:
        """Writes the data for the function.

        Args:
            call: The function.
            feeds: The calibration data.
            scratch: A folder for the data and for models; it lives as long as the metric.

        Raises:
            UsageError: The function is not trusted, or its text is no ``file.py:func``.
            ModelNotFoundError: There is no such file.
        """
        self._file, self._function = _parts(call)
        self._call = call
        self._scratch = scratch
        self._names = list(next(iter(feeds), {}))
        self._batches = [self._written(place, feed) for place, feed in enumerate(feeds)]

    def __call__(self, model: ir.Model) -> float:
        """The number.

        Raises:
            CalibrationDataError: The function failed or gave no number.
            ToolMissingError: A module that it imports is missing.
            ToolError: The worker failed.
        """
        path = self._scratch / "model.onnx"
        save(model, path)
        request = {
            "file": str(self._file.absolute()),
            "function": self._function,
            "model": str(path),
            "batches": self._batches,
            "inputs": self._names,
            "folder": str(Path.cwd()),
        }
        reply = run_worker(SCRIPT, request, python=self._call.python, timeout=TIMEOUT)
        if reply.fault is not None:
            raise _fault(self._call, reply.fault, reply.log)
        return float(reply.data["value"])

    def _written(self, place: int, feed: Mapping[str, np.ndarray]) -> str:
        path = self._scratch / f"batch{place:05}.npz"
        arrays: dict[str, Any] = {f"a{index}": feed[name] for index, name in enumerate(self._names)}
        np.savez(path, **arrays)
        return str(path)


def _parts(call: MetricCall) -> tuple[Path, str]:
    file, colon, function = call.text.rpartition(":")
    if not colon or not file or not function.isidentifier():
        raise UsageError(f"--metric {call.text}: not of the form file.py:func", hint="name a file and a function in it")
    if not Path(file).is_file():
        raise ModelNotFoundError(f"--metric {call.text}: there is no file {file}", hint="check the path")
    if not call.trusted:
        raise UsageError(
            f"--metric {call.text} has a Python file run, which can do anything",
            hint="read it, then give --trust (in Python: trust=True)",
        )
    return Path(file), function


def _fault(call: MetricCall, fault: Fault, log: str) -> CalibrationDataError | ToolMissingError:
    message = f"--metric {call.text}: {fault.message}{log_tail(log)}"
    if fault.kind == "module":
        where = "this interpreter" if call.python is None else str(call.python)
        return ToolMissingError(message, hint=f"{where} lacks it; install it there")
    return CalibrationDataError(message, hint="it is called as func(run, batches) and gives a number, larger is better")
