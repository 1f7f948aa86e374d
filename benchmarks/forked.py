"""Jobs that may crash, hang or spoil the process they run in: each runs in a fork of a process that has imported all.

The script that does the jobs calls ``answer_jobs``; the one that has them calls ``run_jobs``. Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 120
"""Seconds that one job may take."""

Job = dict[str, Any]


class UnfinishedError(Exception):
    """Some jobs are left for the next call; what was answered is kept."""


def run_jobs(
    command: Sequence[str], jobs: Sequence[Job], log: Path, *, kept: Path | None = None, most: int | None = None
) -> list[Job]:
    """Jobs and the answers of a script to them, merged; what the script prints goes to ``log``.

    Args:
        command: The script's.
        jobs: What it is given, one a line.
        log: Gets what it prints.
        kept: A file of answers: what is in it is not asked again, and new answers are added as they come.
        most: How many jobs to do in this call.

    Raises:
        UnfinishedError: There are more.
    """
    known = _read(kept)
    left = [job for job in jobs if _key(job) not in known]
    asked = left if most is None else left[:most]
    answers = _answers(command, asked, log) if asked or kept is None else ()
    for job, answer in zip(asked, answers, strict=True):
        known[_key(job)] = answer
        if kept is not None:
            with kept.open("a") as stream:
                stream.write(json.dumps([_key(job), answer]) + "\n")
    if len(asked) < len(left):
        raise UnfinishedError(f"{len(left) - len(asked)} jobs are left")
    return [job | known[_key(job)] for job in jobs]


def _read(kept: Path | None) -> dict[str, Job]:
    lines = kept.read_text().splitlines() if kept is not None and kept.exists() else []
    return dict(json.loads(line) for line in lines)


def _key(job: Job) -> str:
    return json.dumps(job, sort_keys=True)


def _answers(command: Sequence[str], jobs: Sequence[Job], log: Path) -> Iterator[Job]:
    with log.open("ab") as errors, tempfile.TemporaryFile("w+") as given:
        given.write("".join(json.dumps(job) + "\n" for job in jobs))
        given.seek(0)
        with subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=errors, text=True) as child:
            yield from map(json.loads, child.stdout or ())
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)


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
