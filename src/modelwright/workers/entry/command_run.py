"""Runs commands one after the other. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

The request:

    steps    each with ``argv``, ``cwd`` (or null), and ``always``: it runs also after a step that failed

The reply's ``steps`` has, for each step that ran, ``code`` and ``output`` (stdout and stderr together), and null for
one that did not. A program that is not there is a fault of kind ``module``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

VERSION = 1
LONGEST = 1 << 22


class WorkFault(Exception):  # noqa: N818  the protocol calls it a fault
    """An expected failure; ``kind`` as in the protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def run_step(step: dict[str, Any], output: Path) -> dict[str, Any]:
    """Runs one command."""
    with output.open("wb") as log:
        try:
            done = subprocess.run(  # noqa: S603  the commands are the caller's
                step["argv"],
                cwd=step["cwd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            raise WorkFault("module", f"{step['argv'][0]}: {error.strerror or error}") from error
    with output.open("rb") as log:
        log.seek(max(0, output.stat().st_size - LONGEST))
        return {"code": done.returncode, "output": log.read().decode("utf-8", "replace")}


def run(folder: Path) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    document = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    if document["version"] != VERSION:
        raise WorkFault("model", f"the request is of version {document['version']}, this worker speaks {VERSION}")
    results: list[dict[str, Any] | None] = []
    failed = False
    for index, step in enumerate(document["request"]["steps"]):
        result = None if failed and not step["always"] else run_step(step, folder / f"step{index}.txt")
        failed = failed or (result is not None and result["code"] != 0)
        results.append(result)
    return {"steps": results}


def main(folder: str) -> None:
    """Leaves the reply in ``folder``."""
    try:
        reply: dict[str, Any] = {"version": VERSION, "ok": True, "data": run(Path(folder)), "arrays": []}
    except WorkFault as fault:
        reply = {"version": VERSION, "ok": False, "error": {"kind": fault.kind, "message": str(fault)}}
    Path(folder, "reply.json").write_text(json.dumps(reply), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
