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

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

VERSION = 1


class WorkFault(Exception):  # noqa: N818  the protocol calls it a fault
    """An expected failure; ``kind`` as in the protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def function_of(file: Path, name: str) -> Any:
    """The function, from its file."""
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise WorkFault("model", f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    except Exception as error:
        raise WorkFault("model", described(error, file)) from error
    found = getattr(module, name, None)
    if not callable(found):
        names = [key for key, item in vars(module).items() if callable(item) and not key.startswith("_")]
        raise WorkFault("name", f"it has no function {name!r}; it has {', '.join(sorted(names)) or 'none'}")
    return found


def described(error: BaseException, file: Path) -> str:
    """An error, and the line of the user's file that it comes from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    place = f" (line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


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
    document = json.loads(Path(folder, "request.json").read_text(encoding="utf-8"))
    if document["version"] != VERSION:
        raise WorkFault("model", f"the request is of version {document['version']}, this worker speaks {VERSION}")
    request = document["request"]
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


def main(folder: str) -> None:
    """Leaves the reply in ``folder``."""
    try:
        reply = {"version": VERSION, "ok": True, "data": run(folder), "arrays": []}
    except WorkFault as fault:
        message = " ".join(str(fault).split())[:1000]
        reply = {"version": VERSION, "ok": False, "error": {"kind": fault.kind, "message": message}}
    Path(folder, "reply.json").write_text(json.dumps(reply), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
