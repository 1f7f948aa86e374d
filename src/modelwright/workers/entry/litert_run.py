"""Runs a TFLite file in LiteRT. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and ai-edge-litert or tensorflow, and imports nothing of
modelwright. The request:

    path     the file
    inputs   name to index of the tensor
    outputs  name to index of the tensor

The file runs as an application runs it that sets nothing: with the interpreter's default delegate. The reply's data
holds ``framework``, and ``milliseconds`` for the median of a few runs.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

QUICK_SECONDS = 0.01
REPEATS = 3


def interpreter_of(path: str) -> tuple[Any, str]:
    """An interpreter of the file, and what it is called with its version."""
    warnings.simplefilter("ignore")
    try:
        from importlib.metadata import version

        from ai_edge_litert import interpreter as lite

        label = f"LiteRT {version('ai-edge-litert')}"
    except ImportError:
        try:
            import tensorflow as tf
        except ImportError as error:
            raise WorkFault("module", str(error)) from error
        lite, label = tf.lite, f"TFLite of TensorFlow {tf.__version__}"
    try:
        return lite.Interpreter(model_path=path, num_threads=1), label
    except Exception as error:
        raise WorkFault("model", f"{type(error).__name__}: {error}") from error


def invoke(interpreter: Any, request: dict[str, Any], feeds: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The outputs by name, and the seconds that a run takes."""
    details = {item["index"]: item for item in interpreter.get_input_details()}
    for name, array in feeds.items():
        index = request["inputs"][name]
        if tuple(details[index]["shape"]) != array.shape:
            interpreter.resize_tensor_input(index, array.shape)
    interpreter.allocate_tensors()
    times: list[float] = []
    while len(times) < REPEATS and (not times or times[0] < QUICK_SECONDS):
        for name, array in feeds.items():
            interpreter.set_tensor(request["inputs"][name], array)
        start = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - start)
    outputs = {name: interpreter.get_tensor(index) for name, index in request["outputs"].items()}
    return outputs, sorted(times)[len(times) // 2]


def plain(np: Any, array: Any) -> tuple[Any, str]:
    """The array in a form that an ``.npz`` holds, and its dtype: bfloat16 as its bits."""
    array = np.asarray(array)
    return (array.view(np.uint16), "bfloat16") if array.dtype.name == "bfloat16" else (array, array.dtype.name)


def given(array: Any, dtype: str) -> Any:
    """An array as it was before it was made plain."""
    if dtype != "bfloat16":
        return array
    import ml_dtypes

    return array.view(ml_dtypes.bfloat16)


def run(folder: str) -> tuple[dict[str, Any], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import numpy as np
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    interpreter, label = interpreter_of(request["path"])
    feeds = {name: given(array, request["dtypes"].get(name, "")) for name, array in arrays_in(folder, names).items()}
    try:
        results, seconds = invoke(interpreter, request, feeds)
    except Exception as error:
        raise WorkFault("run", f"{type(error).__name__}: {error}") from error
    arrays = [plain(np, array) for array in results.values()]
    leave_arrays(folder, (array for array, _ in arrays))
    dtypes = {name: dtype for name, (_, dtype) in zip(results, arrays, strict=True)}
    return {"framework": label, "milliseconds": seconds * 1000, "dtypes": dtypes}, list(results)


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
