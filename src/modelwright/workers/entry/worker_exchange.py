"""What the workers share: the request in their folder, and the reply that they leave there.

Stand-alone, beside the scripts that import it; it imports nothing of modelwright. The files are those of
``modelwright.workers.protocol``.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

VERSION = 1
_LONGEST = 1000


class WorkFault(Exception):  # noqa: N818  the protocol calls it a fault
    """An expected failure; ``kind`` as in the protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def request_in(folder: str) -> tuple[dict[str, Any], list[str]]:
    """The request, and the names of the arrays that come with it."""
    document = json.loads(Path(folder, "request.json").read_text(encoding="utf-8"))
    if document["version"] != VERSION:
        raise WorkFault("model", f"the request is of version {document['version']}, this worker speaks {VERSION}")
    return document["request"], document["arrays"]


def arrays_in(folder: str, names: Sequence[str]) -> dict[str, Any]:
    """The arrays by name."""
    try:
        import numpy as np
    except ImportError as error:
        raise WorkFault("module", str(error)) from error

    with np.load(Path(folder, "inputs.npz"), allow_pickle=False) as archive:
        return {name: archive[f"a{index}"] for index, name in enumerate(names)}


def leave_arrays(folder: str, arrays: Iterable[Any]) -> None:
    """Leaves arrays, in the order of the names that go into the reply."""
    import numpy as np

    np.savez(Path(folder, "outputs.npz"), **{f"a{index}": array for index, array in enumerate(arrays)})


def import_first(names: Sequence[str]) -> Any:
    """The first of the modules that there is."""
    reasons: list[str] = []
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            reasons.append(str(error))
    raise WorkFault("module", "; ".join(reasons))


def answer(run: Callable[[str], dict[str, Any]], folder: str) -> None:
    """Leaves the reply of a worker that gives no arrays: its data, or its fault."""

    def alone(place: str) -> tuple[dict[str, Any], list[str]]:
        return run(place), []

    answer_with_arrays(alone, folder)


def answer_with_arrays(run: Callable[[str], tuple[dict[str, Any], list[str]]], folder: str) -> None:
    """Leaves the reply of a worker: its data and the names of the arrays that it left, or its fault."""
    try:
        data, names = run(folder)
        reply: dict[str, Any] = {"version": VERSION, "ok": True, "data": data, "arrays": names}
    except WorkFault as fault:
        message = " ".join(str(fault).split())[:_LONGEST]
        reply = {"version": VERSION, "ok": False, "error": {"kind": fault.kind, "message": message}}
    Path(folder, "reply.json").write_text(json.dumps(reply), encoding="utf-8")
