"""Runs commands one after the other. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

The request:

    steps    each with ``argv``, ``cwd`` (or null), and ``always``: it runs also after a step that failed

The reply's ``steps`` has, for each step that ran, ``code`` and ``output`` (stdout and stderr together), and null for
one that did not. A program that is not there is a fault of kind ``module``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer, request_in

LONGEST = 1 << 22


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


def run(folder: str) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    results: list[dict[str, Any] | None] = []
    failed = False
    for index, step in enumerate(request["steps"]):
        result = None if failed and not step["always"] else run_step(step, Path(folder, f"step{index}.txt"))
        failed = failed or (result is not None and result["code"] != 0)
        results.append(result)
    return {"steps": results}


if __name__ == "__main__":
    answer(run, sys.argv[1])
