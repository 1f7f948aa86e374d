"""What the workers that try models in an engine share: jobs in, a journal out.

Stand-alone, beside the scripts that import it; it imports nothing of modelwright. The request:

    jobs      a list of {id, path, feeds, run, ...}; feeds are {name, dtype, shape, integers}
    journal   the file that takes one JSON line when a job begins and one when it ends
    timeout   seconds for one job

The journal is written as it goes, so that what an engine did before it ended the process is known: the job that began
last is the one that did it. A job that takes too long ends the process from a thread of its own, exit code 1, with
``Timeout`` in the log.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from pathlib import Path
from typing import Any

VERSION = 1
_NUMPY = frozenset("float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool string".split())


class Refusal(Exception):  # noqa: N818  a finding
    """The engine refuses a model; ``stage`` is ``load`` or ``run``, ``kind`` the engine's word for it."""

    def __init__(self, stage: str, kind: str, message: str, node: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.kind = kind
        self.node = node


def random_feeds(feeds: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Inputs by name, the same every time; None when one is of a type that numpy does not have.

    Floats are uniform in [0.25, 1), where every function of real numbers is defined; integers are ``integers``.
    """
    import numpy as np

    arrays: dict[str, Any] = {}
    for index, feed in enumerate(feeds):
        dtype, shape = feed["dtype"], feed["shape"]
        if dtype not in _NUMPY:
            return None
        if dtype == "string":
            arrays[feed["name"]] = np.full(shape, "s", dtype=object)
        elif dtype == "bool":
            arrays[feed["name"]] = np.ones(shape, dtype=np.bool_)
        elif dtype.startswith("float"):
            arrays[feed["name"]] = np.random.default_rng(index).uniform(0.25, 1, shape).astype(dtype)
        else:
            arrays[feed["name"]] = np.full(shape, feed["integers"], dtype=dtype)
    return arrays


def main(folder: str, open_engine: Any) -> None:
    """Does all jobs and leaves the reply.

    Args:
        folder: The folder of ``modelwright.workers.protocol``.
        open_engine: Gives a function of a job, which raises ``Refusal``, and the engine's name.
    """
    document = json.loads(Path(folder, "request.json").read_text(encoding="utf-8"))
    request = document["request"]
    try:
        engine, label = open_engine()
    except ImportError as error:
        _reply(folder, {"ok": False, "error": {"kind": "module", "message": str(error)}})
        return
    with Path(request["journal"]).open("a", encoding="utf-8") as journal:
        _write(journal, {"label": label})
        for job in request["jobs"]:
            _write(journal, {"begin": job["id"]})
            faulthandler.dump_traceback_later(request["timeout"], exit=True, file=sys.stderr)
            outcome = _outcome(engine, job)
            faulthandler.cancel_dump_traceback_later()
            _write(journal, {"id": job["id"], **outcome})
    _reply(folder, {"ok": True, "data": {"label": label}, "arrays": []})
    os._exit(0)  # engines' own clean-up at exit is slow and may crash


def _outcome(engine: Any, job: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"stage": engine(job), "ok": True}
    except Refusal as refusal:
        return {
            "stage": refusal.stage,
            "ok": False,
            "kind": refusal.kind,
            "message": " ".join(str(refusal).split())[:2000],
            "node": refusal.node,
        }


def _write(journal: Any, entry: dict[str, Any]) -> None:
    journal.write(json.dumps(entry) + "\n")
    journal.flush()


def _reply(folder: str, reply: dict[str, Any]) -> None:
    Path(folder, "reply.json").write_text(json.dumps({"version": VERSION, **reply}), encoding="utf-8")
