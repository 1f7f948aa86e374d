"""Calls a user's metric on a model. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has what the function needs and ONNX Runtime; it imports nothing of
modelwright. The request:

    file       the Python file
    function   its function ``func(run, batches) -> number``, the larger the better
    model      the ONNX file
    batches    the files of the calibration data, each an ``.npz`` with one array ``a0``, ``a1``, ... for each input
    inputs     names of the inputs, in the order of the arrays
    folder     the working directory

``run(inputs)`` gives the model's outputs by name for inputs by name; ``batches`` can be iterated over again and again
and gives the calibration data as inputs by name.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

from user_functions import described, function_of
from worker_exchange import WorkFault, answer, request_in


class Batches:
    """The calibration data, read one batch at a time."""

    def __init__(self, files: list[str], names: list[str]) -> None:
        self.files = files
        self.names = names

    def __len__(self) -> int:
        """Number of batches."""
        return len(self.files)

    def __iter__(self) -> Any:
        """Inputs by name."""
        import numpy as np

        for file in self.files:
            with np.load(file, allow_pickle=False) as archive:
                yield {name: archive[f"a{place}"] for place, name in enumerate(self.names)}


def runner(model: str) -> Any:
    """What computes a model's outputs by name."""
    try:
        import onnxruntime
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]

    def run(inputs: Any) -> dict[str, Any]:
        return dict(zip(names, session.run(None, dict(inputs)), strict=True))

    return run


def number_of(result: Any) -> float:
    """What the function gave, as a number."""
    try:
        number = float(result)
    except (TypeError, ValueError) as error:
        raise WorkFault("run", f"it gave {type(result).__name__}, which is no number") from error
    if not math.isfinite(number):
        raise WorkFault("run", f"it gave {number}")
    return number


def run(folder: str) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    os.chdir(request["folder"])
    file = Path(request["file"])
    function = function_of(file, request["function"])
    model = runner(request["model"])
    try:
        result = function(model, Batches(request["batches"], request["inputs"]))
    except Exception as error:
        raise WorkFault("run", described(error, file)) from error
    return {"value": number_of(result)}


if __name__ == "__main__":
    answer(run, sys.argv[1])
