"""Jobs that may crash, hang or spoil the process they run in: each runs in a fork of a process that has imported all.

The script that does the jobs calls ``answer_jobs``; the one that has them calls ``run_jobs``. Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 120
"""Seconds that one job may take."""

Job = dict[str, Any]


def run_jobs(command: Sequence[str], jobs: Sequence[Job], log: Path) -> list[Job]:
    """Jobs and the answers of a script to them, merged; what the script prints goes to ``log``."""
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    with log.open("ab") as errors:
        done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=errors, text=True, check=True)
    return [job | json.loads(line) for job, line in zip(jobs, done.stdout.splitlines(), strict=True)]


def answer_jobs(work: Callable[[Job], Job]) -> None:
    """Answers the jobs on standard input, one a line; prints of the work go to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(_in_fork(work, json.loads(line))) + "\n")
        answers.flush()


def _in_fork(work: Callable[[Job], Job], job: Job) -> Job:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.alarm(PATIENCE)
        os.write(writing, json.dumps(_done(work, job)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return json.loads(answer) if code == 0 and answer else {"status": "crash", "reason": f"exit code {code}"}


def _done(work: Callable[[Job], Job], job: Job) -> Job:
    try:
        return work(job)
    except BaseException as error:  # noqa: BLE001  whatever happens, the next job has its turn
        traceback.print_exc()
        return {"status": "error", "reason": f"{type(error).__name__}: {error}"[:400]}
