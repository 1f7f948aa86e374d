"""Running many trials in worker processes; one that ends its process is a finding, and the others go on without it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright.errors import ToolMissingError, WorkerCrashedError, WorkerTimeoutError
from modelwright.targets.trial.engines import Engine
from modelwright.workers.runner import run_worker

CRASH, LIMIT = "crash", "limit"
"""Kinds of outcomes that are not the engine's own words."""

_STARTUP = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A model to be tried.

    Attributes:
        id: Its number in the batch.
        path: The file.
        feeds: Inputs to run it on, as ``trial_jobs`` describes them.
        run: Whether to run it, and not only load it.
        single: Whether it is a one-node model.
    """

    id: int
    path: Path
    feeds: tuple[dict[str, Any], ...]
    run: bool = True
    single: bool = True

    def data(self) -> dict[str, Any]:
        """The job as the worker reads it."""
        return {
            "id": self.id,
            "path": str(self.path),
            "feeds": list(self.feeds),
            "run": self.run,
            "single": self.single,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an engine made of a model.

    Attributes:
        accepted: Whether it loaded and, if asked to and possible, ran.
        stage: How far it came: ``load`` or ``run``.
        kind: The engine's word for a refusal, or ``crash`` or ``limit``.
        message: What it said.
        node: The node it names.
    """

    accepted: bool
    stage: str
    kind: str = ""
    message: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Limits and place of trials.

    Attributes:
        engine: What tries them.
        python: The interpreter it is in.
        folder: For the journal.
        timeout: Seconds for one job.
        memory: Bytes for the worker.
    """

    engine: Engine
    python: Path
    folder: Path
    timeout: float
    memory: int

    def run(self, jobs: Sequence[Job]) -> tuple[str, dict[int, Outcome]]:
        """Tries all jobs; gives the engine's name and each job's outcome.

        Raises:
            ToolMissingError: The interpreter is not there, or lacks the engine.
            WorkerCrashedError: The worker ends before its first job.
        """
        outcomes: dict[int, Outcome] = {}
        label = self.engine.name
        left = list(jobs)
        while left:
            label, done, begun = self._attempt(left)
            outcomes.update(done)
            left = [job for job in left if job.id not in outcomes and job.id != begun[0]]
            if begun[0] is not None and begun[0] not in outcomes:
                outcomes[begun[0]] = begun[1]
        return label, outcomes

    def _attempt(self, jobs: Sequence[Job]) -> tuple[str, dict[int, Outcome], tuple[int | None, Outcome]]:
        """One worker's life: what it did, and the job that ended it, if one did."""
        journal = self.folder / "journal.jsonl"
        journal.unlink(missing_ok=True)
        request = {"jobs": [job.data() for job in jobs], "journal": str(journal), "timeout": self.timeout}
        ended: Exception | None = None
        try:
            reply = run_worker(
                self.engine.script,
                request,
                python=self.python,
                timeout=_STARTUP + self.timeout * len(jobs),
                memory_limit=self.memory,
            )
            if reply.fault is not None:
                raise ToolMissingError(
                    f"{self.python} has no {self.engine.module}", hint="name an interpreter that has it with --python"
                )
        except (WorkerCrashedError, WorkerTimeoutError) as error:
            ended = error
        label, done, open_job = _read(journal, self.engine.name)
        if ended is None:
            return label, done, (None, _ended(ended))
        if open_job is None:
            raise ended
        return label, done, (open_job, _ended(ended))


def _read(journal: Path, label: str) -> tuple[str, dict[int, Outcome], int | None]:
    """The journal: the engine's name, outcomes, and the job that began but did not end."""
    done: dict[int, Outcome] = {}
    begun: int | None = None
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    for entry in map(json.loads, lines):
        if "label" in entry:
            label = entry["label"]
        elif "begin" in entry:
            begun = entry["begin"]
        else:
            done[entry["id"]] = Outcome(
                accepted=entry["ok"],
                stage=entry["stage"],
                kind=entry.get("kind", ""),
                message=entry.get("message", ""),
                node=entry.get("node", ""),
            )
    return label, done, None if begun in done else begun


def _ended(error: Exception | None) -> Outcome:
    text = str(error).partition("\n")[0]
    limit = isinstance(error, WorkerTimeoutError) or "Timeout (" in str(error) or "memory, more than" in text
    what = "it took longer than allowed" if "Timeout (" in str(error) else text.replace("the worker ", "", 1)
    return Outcome(accepted=False, stage="load", kind=LIMIT if limit else CRASH, message=what)
