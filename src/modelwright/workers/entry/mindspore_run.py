"""Runs a MindIR file in MindSpore on the processor. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and MindSpore, and imports nothing of modelwright. The request:

    path     the MindIR file
    inputs   names of the arrays, in the order of the model's inputs
    outputs  names for the results, in order
    key      hexadecimal digits of the key of an encrypted file; may be left out
    mode     its cipher, with ``key``

Without arrays the model is only loaded.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in

os.environ.setdefault("DNNL_MAX_CPU_ISA", "AVX2")  # else convolutions take 35 to 100 times as long
os.environ.setdefault("GLOG_v", "4")

REPEATS = 3
QUICK = 0.01


def load_model(ms: Any, request: dict[str, Any]) -> Any:
    """The model, ready to run."""
    opened = {"dec_key": bytes.fromhex(request["key"]), "dec_mode": request["mode"]} if "key" in request else {}
    try:
        return ms.nn.GraphCell(ms.load(request["path"], **opened))
    except Exception as error:
        raise WorkFault("model", reason(error)) from error


def reason(error: Exception) -> str:
    """What MindSpore says, without its own trace."""
    text = str(error).partition("\n----")[0]
    return f"{type(error).__name__}: {' '.join(text.split())}"


def flat(result: Any) -> list[Any]:
    """The tensors of a result that may be a tuple of tuples."""
    if isinstance(result, tuple | list):
        return [item for part in result for item in flat(part)]
    return [result]


def execute(ms: Any, model: Any, arrays: list[Any]) -> tuple[list[Any], float]:
    """Results as arrays, and the median time of a run in milliseconds."""
    tensors = [ms.Tensor(array) for array in arrays]
    times: list[float] = []
    results: list[Any] = []
    try:
        while len(times) < REPEATS and (len(times) < 2 or times[-1] < QUICK):
            start = time.perf_counter()
            results = [item.asnumpy() for item in flat(model(*tensors))]
            times.append(time.perf_counter() - start)
    except Exception as error:
        raise WorkFault("run", reason(error)) from error
    return results, statistics.median(times[1:]) * 1000


def run(folder: str) -> tuple[dict[str, Any], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import mindspore as ms
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    model = load_model(ms, request)
    data: dict[str, Any] = {"framework": f"MindSpore {ms.__version__}"}
    if not names:
        return data, []
    feeds = arrays_in(folder, names)
    results, milliseconds = execute(ms, model, [feeds[name] for name in request["inputs"]])
    if len(results) != len(request["outputs"]):
        raise WorkFault("run", f"it gives {len(results)} results instead of {len(request['outputs'])}")
    leave_arrays(folder, results)
    return {**data, "milliseconds": milliseconds}, list(request["outputs"])


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
