"""Runs a TFLite model on given inputs. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and ai-edge-litert or tensorflow, and imports nothing of
modelwright. The request:

    path             the model
    inputs, outputs  name to index of the tensor
    subgraph         the graph; others than 0 are run through their signature
    signature        the signature's name, empty for none
    dequantize       quantized inputs are given, and outputs wanted, as the real numbers they stand for

The plain kernels are used, without delegates: they define what the model means.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def interpreter_of(path: str) -> tuple[Any, str]:
    """An interpreter of the model, and what it is called with its version."""
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
        resolver = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    else:
        resolver = lite.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        return lite.Interpreter(model_path=path, experimental_op_resolver_type=resolver), label
    except Exception as error:
        raise WorkFault("model", f"{type(error).__name__}: {error}") from error


def stored(np: Any, array: Any, detail: dict[str, Any]) -> Any:
    """An array as the tensor stores it; real numbers are rounded to the grid of a quantized tensor."""
    dtype, (scale, zero) = np.dtype(detail["dtype"]), detail["quantization"]
    if array.dtype.kind == "f" and dtype.kind in "iu" and scale:
        limits = np.iinfo(dtype)
        return np.clip(np.rint(array / scale) + zero, limits.min, limits.max).astype(dtype)
    return array if dtype.kind in "OSU" else array.astype(dtype)


def real(np: Any, array: Any, detail: dict[str, Any]) -> Any:
    """A quantized output as the real numbers it stands for."""
    scale, zero = detail["quantization"]
    if not scale or array.dtype.kind not in "iu":
        return array
    return ((array.astype(np.int64) - zero) * np.float32(scale)).astype(np.float32)


def portable(np: Any, array: Any) -> Any:
    """The array in a form that an ``.npz`` holds: strings fixed-width."""
    array = np.asarray(array)
    if array.dtype.kind in "OS":
        texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in array.ravel()]
        return np.array(texts, dtype=np.str_).reshape(array.shape)
    return array


def invoke(np: Any, interpreter: Any, request: dict[str, Any], feeds: dict[str, Any]) -> dict[str, Any]:
    """The outputs by name."""
    if request["subgraph"]:
        runner = interpreter.get_signature_runner(request["signature"])
        given, made = runner.get_input_details(), runner.get_output_details()
        results = runner(**{name: stored(np, array, given[name]) for name, array in feeds.items()})
        return {name: (results[name], made[name]) for name in request["outputs"]}
    details = {item["index"]: item for item in interpreter.get_input_details()}
    for name, array in feeds.items():
        interpreter.resize_tensor_input(request["inputs"][name], array.shape)
    interpreter.allocate_tensors()
    for name, array in feeds.items():
        index = request["inputs"][name]
        interpreter.set_tensor(index, stored(np, array, details[index]))
    interpreter.invoke()
    made = {item["index"]: item for item in interpreter.get_output_details()}
    return {name: (interpreter.get_tensor(index), made[index]) for name, index in request["outputs"].items()}


def run(folder: str) -> tuple[dict[str, str], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import numpy as np
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    interpreter, label = interpreter_of(request["path"])
    feeds = arrays_in(folder, names)
    try:
        results = invoke(np, interpreter, request, feeds)
    except Exception as error:
        raise WorkFault("run", f"{type(error).__name__}: {error}") from error
    arrays = [
        portable(np, real(np, array, detail) if request["dequantize"] else array) for array, detail in results.values()
    ]
    leave_arrays(folder, arrays)
    return {"framework": label}, list(results)


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
