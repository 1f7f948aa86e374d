"""Calls a user's preprocessing function. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has what the function needs; it imports nothing of modelwright. The request:

    file       the Python file
    function   its function ``func(path_list, input_parametr) -> array``
    entry      ``input_parametr``: the input's entry of the calibration file
    calls      a list of [name, path_list]
    output     the folder that takes ``<name>.npy`` for each call; one that is there already is not made again
    folder     the working directory
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from user_functions import described, function_of
from worker_exchange import WorkFault, answer, request_in


def array_of(result: Any) -> Any:
    """What the function gave, as numbers: a tensor of PyTorch, an array, or lists."""
    import numpy as np

    tensor = result.detach().cpu() if hasattr(result, "detach") else result
    try:
        array = np.asarray(tensor)
    except Exception as error:
        raise WorkFault("run", f"it gave {type(result).__name__}, which is no array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise WorkFault("run", f"it gave {type(result).__name__}, which is no array of numbers")
    return array


def run(folder: str) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    try:
        import numpy as np
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    os.chdir(request["folder"])
    file, output = Path(request["file"]), Path(request["output"])
    function = function_of(file, request["function"])
    made = 0
    for name, paths in request["calls"]:
        target = output / f"{name}.npy"
        if target.exists():
            continue
        try:
            array = array_of(function(list(paths), dict(request["entry"])))
        except WorkFault as fault:
            raise WorkFault(fault.kind, f"for {', '.join(paths[:2])}: {fault}") from fault
        except ImportError as error:
            raise WorkFault("module", str(error)) from error
        except Exception as error:
            raise WorkFault("run", f"for {', '.join(paths[:2])}: {described(error, file)}") from error
        with (output / f"{name}.part").open("wb") as stream:
            np.save(stream, array)
        (output / f"{name}.part").replace(target)
        made += 1
    return {"made": made}


if __name__ == "__main__":
    answer(run, sys.argv[1])
