"""What modelwright and a worker process leave for each other in a folder.

In: ``request.json`` (``version``, ``request``, ``arrays``: names) and ``inputs.npz`` (``a0``, ``a1``, ... in the order
of the names, because names of tensors hold characters that archive members must not). Out: ``reply.json`` (``version``,
``ok``, then ``data`` and ``arrays``, or ``error`` with ``kind`` and ``message``) and ``outputs.npz``. Everything the
worker prints goes to ``log.txt``. Strings travel as fixed-width unicode arrays; nothing is pickled.
"""

from __future__ import annotations

import json
import signal
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright.errors import WorkerCrashedError

VERSION: Final = 1
REQUEST: Final = "request.json"
REPLY: Final = "reply.json"
LOG: Final = "log.txt"
_INPUTS: Final = "inputs.npz"
_OUTPUTS: Final = "outputs.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a worker could not do what it was asked.

    Attributes:
        kind: ``module`` (not installed), ``name`` (no such tensor), ``model`` (cannot be loaded) or ``run``.
        message: The reason, in one line.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A worker's answer.

    Attributes:
        data: What it reports.
        arrays: Tensors by name.
        log: What it printed.
        fault: Why it could not answer, or None.
    """

    data: dict[str, Any]
    arrays: dict[str, np.ndarray]
    log: str
    fault: Fault | None = None


def write_request(folder: Path, request: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a request and its arrays into ``folder``."""
    document = {"version": VERSION, "request": dict(request), "arrays": list(arrays)}
    (folder / REQUEST).write_text(json.dumps(document), encoding="utf-8")
    members: dict[str, Any] = {f"a{index}": _portable(array) for index, array in enumerate(arrays.values())}
    np.savez(folder / _INPUTS, **members)


def _portable(array: np.ndarray) -> np.ndarray:
    return array.astype(str) if array.dtype.kind == "O" else array


def read_reply(folder: Path, *, log: str) -> Reply:
    """Reads what the worker left.

    Raises:
        WorkerCrashedError: The reply is missing, incomplete, or of another version.
    """
    try:
        document = json.loads((folder / REPLY).read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise _unreadable(f"it speaks version {document['version']} of the protocol, not {VERSION}", log)
        if not document["ok"]:
            error = document["error"]
            return Reply(
                data={}, arrays={}, log=log, fault=Fault(kind=str(error["kind"]), message=str(error["message"]))
            )
        return Reply(data=dict(document["data"]), arrays=_read_arrays(folder, document["arrays"]), log=log)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise _unreadable(f"{type(error).__name__}: {error}", log) from error


def _read_arrays(folder: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    if not names:
        return {}
    with (folder / _OUTPUTS).open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return {name: archive[f"a{index}"] for index, name in enumerate(names)}


def _unreadable(reason: str, log: str) -> WorkerCrashedError:
    return WorkerCrashedError(f"the worker's answer cannot be read ({reason}){log_tail(log)}")


def log_tail(log: str, *, lines: int = 12) -> str:
    """The end of a log for an error message; empty when nothing was printed."""
    tail = [line.rstrip() for line in log.splitlines() if line.strip()][-lines:]
    return "".join(f"\n    | {line[:300]}" for line in ["its last words:", *tail]) if tail else ""


def ending(code: int) -> str:
    """How a process ended, in words: by an exit code, or (negative) by a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    cause = " (out of memory?)" if -code == signal.SIGKILL else ""
    return f"was ended by signal {name}{cause}"
