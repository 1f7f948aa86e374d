"""A user's preprocessing function: run in a worker process, once a batch, only when the user trusts its file.

What it gives is kept as ``.npy`` files in a folder whose name tells the function's text, its entry and the data, so
that a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright.errors import CalibrationDataError, ToolMissingError, UsageError
from modelwright.quantize.data.arrays import NpyFile, open_npy
from modelwright.quantize.data.contents import digest
from modelwright.quantize.data.sources import ArraySource
from modelwright.workers.protocol import Fault, log_tail
from modelwright.workers.runner import DEFAULT_TIMEOUT, run_worker

SCRIPT: Final = Path(__file__).parents[2] / "workers" / "entry" / "preprocess_run.py"
_SECONDS_A_CALL: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whether and where a user's Python files may be run.

    Attributes:
        given: Whether the user said so (``--trust``).
        python: The interpreter for them; None for the running one.
    """

    given: bool = False
    python: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCall:
    """A function and what it is to be called with.

    Attributes:
        text: ``file.py:func``.
        entry: ``input_parametr``: the input's entry of the calibration file.
        files: The samples' files.
        batch: Files in a call.
    """

    text: str
    entry: Mapping[str, Any]
    files: Sequence[Path]
    batch: int


class FunctionSource:
    """The samples that a function gave."""

    def __init__(self, samples: ArraySource, files: Sequence[Path], script: Path) -> None:
        self._samples = samples
        self._files = files
        self._script = script

    def __len__(self) -> int:
        """As many as there are files."""
        return len(self._samples)

    def files(self, start: int, stop: int) -> Sequence[Path]:
        """The function's own file and those that it read."""
        return (self._script, *self._files[start:stop])

    def read(self, start: int, stop: int) -> np.ndarray:
        """Its results."""
        return self._samples.read(start, stop)


def check_trust(text: str, trust: Trust) -> None:
    """Makes sure that the user wants the file to be run.

    Raises:
        UsageError: Nobody said so.
    """
    if not trust.given:
        raise UsageError(
            f"the calibration file has {text} run, a Python file that can do anything",
            hint="read it, then give --trust (in Python: trust=True)",
        )


def call_function(
    call: FunctionCall,
    *,
    name: str,
    item: tuple[int | str | None, ...],
    dtype: np.dtype[Any],
    trust: Trust,
    scratch: Path,
) -> FunctionSource:
    """Runs a function on all its files.

    Args:
        call: Function and files.
        name: The input.
        item: Shape of a sample.
        dtype: The input's.
        trust: Whether and where it may run.
        scratch: Folder for its results.

    Raises:
        UsageError: It is not trusted.
        CalibrationDataError: It failed, or what it gave does not fit the input.
        ToolMissingError: A module that it imports is missing.
        ToolError: The worker failed.
    """
    check_trust(call.text, trust)
    file, _, function = call.text.rpartition(":")
    output = scratch / f"function-{_key(call, Path(file))[:16]}"
    output.mkdir(parents=True, exist_ok=True)
    batches = [call.files[start : start + call.batch] for start in range(0, len(call.files), call.batch)]
    calls = [[f"{index:06}", [str(path.absolute()) for path in batch]] for index, batch in enumerate(batches)]
    request = {
        "file": file,
        "function": function,
        "entry": dict(call.entry),
        "calls": calls,
        "output": str(output.absolute()),
        "folder": str(Path.cwd()),
    }
    reply = run_worker(SCRIPT, request, python=trust.python, timeout=DEFAULT_TIMEOUT + _SECONDS_A_CALL * len(calls))
    if reply.fault is not None:
        raise _fault(call.text, reply.fault, reply.log, trust)
    arrays = [_checked(output / f"{index:06}.npy", batch, call.text) for index, batch in enumerate(batches)]
    return FunctionSource(ArraySource(arrays, name=name, item=item, dtype=dtype), call.files, Path(file))


def _key(call: FunctionCall, file: Path) -> str:
    """A text that changes with the function's file, its entry and its data."""
    said = json.dumps([call.text.rpartition(":")[2], call.batch, dict(call.entry)], sort_keys=True)
    return hashlib.sha256((said + digest([file, *call.files])).encode()).hexdigest()


def _checked(path: Path, files: Sequence[Path], text: str) -> NpyFile:
    """A result, which must hold one sample for each file."""
    found = open_npy(path)
    if not found.shape or found.shape[0] != len(files):
        raise CalibrationDataError(
            f"{text}: gave an array of shape {list(found.shape)} for {len(files)} files",
            hint="it must give one sample for each path, along the first axis",
        )
    shown = f"{files[0]} and {len(files) - 1} more" if len(files) > 1 else str(files[0])
    return replace(found, label=f"what {text} gave for {shown}")


def _fault(text: str, fault: Fault, log: str, trust: Trust) -> CalibrationDataError | ToolMissingError:
    message = f"{text}: {fault.message}{log_tail(log)}"
    if fault.kind == "module":
        where = "this interpreter" if trust.python is None else str(trust.python)
        hint = f"{where} lacks it; name one that has it with --data-python"
        return ToolMissingError(message, hint=hint)
    return CalibrationDataError(message, hint="it is called as func(path_list, input_parametr) and gives an array")
