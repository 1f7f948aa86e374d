"""Runs a Paddle model on given inputs. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has paddlepaddle, and imports nothing of modelwright. The request:

    program      the .json, .pdmodel or __model__ file
    parameters   the combined parameter file, null when each parameter has a file of its own
    outputs      names of the outputs wanted

Paddle's optimization passes are off: the operators run as the program states them.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in

os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


def imported() -> Any:
    """Paddle."""
    warnings.simplefilter("ignore")
    try:
        import paddle
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    return paddle


def predictor_of(request: dict[str, Any]) -> Any:
    """A predictor of the model, without optimization."""
    from paddle import inference

    try:
        if request["parameters"] is None:
            config = inference.Config()
            config.set_model(str(Path(request["program"]).parent))
            config.set_prog_file(request["program"])
        else:
            config = inference.Config(request["program"], request["parameters"])
        config.disable_gpu()
        config.switch_ir_optim(False)
        config.disable_glog_info()
        if hasattr(config, "disable_mkldnn"):
            config.disable_mkldnn()
        config.set_cpu_math_library_num_threads(1)
        return inference.create_predictor(config)
    except Exception as error:
        raise WorkFault("model", f"{type(error).__name__}: {error}") from error


def invoke(predictor: Any, feeds: dict[str, Any], outputs: list[str]) -> list[Any]:
    """The outputs wanted."""
    for name in predictor.get_input_names():
        handle = predictor.get_input_handle(name)
        handle.reshape(list(feeds[name].shape))
        handle.copy_from_cpu(feeds[name])
    predictor.run()
    return [predictor.get_output_handle(name).copy_to_cpu() for name in outputs]


def run(folder: str) -> tuple[dict[str, str], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    paddle = imported()
    predictor = predictor_of(request)
    feeds = arrays_in(folder, names)
    try:
        results = invoke(predictor, feeds, request["outputs"])
    except Exception as error:
        raise WorkFault("run", f"{type(error).__name__}: {error}") from error
    leave_arrays(folder, results)
    return {"framework": f"Paddle {paddle.__version__}"}, request["outputs"]


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
