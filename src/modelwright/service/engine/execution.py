"""One task from its beginning to its end: staged, looked up, converted in a worker, published, closed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import modelwright
from modelwright.errors import ModelwrightError, WorkerCrashedError
from modelwright.service.clock import now
from modelwright.service.engine import cache as cached
from modelwright.service.engine.endings import death, failed, known, log_text
from modelwright.service.engine.lease import Claim, close
from modelwright.service.engine.means import Means
from modelwright.service.engine.process import Ended, Worker
from modelwright.service.engine.pulse import Pulse
from modelwright.service.engine.staging import stage, work_key
from modelwright.service.errors import UnavailableError
from modelwright.service.storage.place import Place
from modelwright.service.storage.publishing import Manifest, StoredFile, files_of, finish, publish, read_manifest
from modelwright.service.tasks.states import TaskStatus
from modelwright.templates.catalogue import template_named
from modelwright.templates.joblog import NAME as JOB_LOG
from modelwright.templates.values import check_values

_GOOD: Final = ("verified", "unverified")
INPUT: Final = "input"
OUTPUT: Final = "output"
"""Folders of a task, and how messages and reports name them."""
_TELL_EVERY: Final = 0.5
"""Seconds between two looks of the database at the log of a task that runs."""


class Execution:
    """The execution of one claim."""

    def __init__(self, means: Means, claim: Claim) -> None:
        self._means = means
        self._claim = claim
        self._folder = means.work / claim.lease
        self._lines: list[dict[str, str]] = []
        self._stage: str | None = None
        self._told = time.monotonic()
        self._pulse = Pulse(means.leases, claim)
        self._attempt: int = claim.row.attempt

    def cancel(self) -> None:
        """Ends the worker as soon as it is looked after, before the next heartbeat tells."""
        self._pulse.canceled = True

    def run(self) -> None:
        """Runs the task; whatever happens, it is closed or left to whoever takes it next."""
        try:
            with self._pulse:
                self._run()
        except UnavailableError as error:
            self._means.leases.postpone(self._claim, error.message)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        row = self._claim.row
        try:
            output = self._means.store.place(row.project, row.output)
            standing = read_manifest(output, row.id, row.run)
        except UnavailableError:
            raise
        except (ModelwrightError, OSError) as error:
            self._close(TaskStatus.FAILED, failed(known(error, row.output)))
            return
        if standing is not None:
            self._settle(output, standing)
        elif row.cancel:
            self._close(TaskStatus.CANCELED, {})
        elif self._attempt > self._means.attempts:
            message = f"the conversion was given up: {self._means.attempts} workers died over it"
            self._fail(output, WorkerCrashedError(message, hint="try a smaller model, or ask for higher limits"))
        else:
            self._try(output)

    def _try(self, output: Place) -> None:
        try:
            self._convert(output)
        except UnavailableError:
            raise
        except (ModelwrightError, OSError) as error:
            self._fail(output, known(error, self._claim.row.output))

    def _convert(self, output: Place) -> None:
        row = self._claim.row
        self._folder.mkdir(parents=True)
        hashes = stage(self._means.store.place(row.project, row.input), self._folder / INPUT)
        template = template_named(row.template)
        values = check_values(template, row.settings)[0]
        key = work_key(template.model_dump_json(), values, hashes, modelwright.__version__)
        if self._from_cache(output, key):
            return
        while True:
            ended = self._work()
            if ended.reason or ended.answer is not None or ended.code >= 0:
                break
            if self._means.stopping.is_set():
                return
            self._attempt += 1
            reason = f"the worker died ({ended.code}); the task begins again"
            if self._attempt > self._means.attempts or not self._means.leases.again(self._claim, self._attempt, reason):
                break
        self._end(output, key, ended)

    def _work(self) -> Ended:
        row = self._claim.row
        results, folder = self._folder / OUTPUT, self._folder / f"worker{self._attempt}"
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir()
        folder.mkdir()
        mark = f"{self._means.mark}{self._claim.lease}"
        request = {
            "template": template_named(row.template).data(),
            "input": INPUT,
            "output": OUTPUT,
            "settings": row.settings,
            "interpreters": dict(self._means.interpreters),
        }
        worker = Worker(folder, mark, self._means.limits, self._means.environment, self._means.starter)
        return worker.run(request, hear=self._hear, tick=self._tick)

    def _hear(self, kind: str, data: Any) -> None:
        if kind == "log":
            self._lines.append(data)
        elif kind == "stage":
            self._stage = data
            self._told = 0.0

    def _tick(self) -> str:
        """Passes on what was heard, twice a second at most; says why the worker must end."""
        at = time.monotonic()
        if (self._lines or not self._told) and at - self._told > _TELL_EVERY:
            self._told = at
            self._pulse.beat(self._lines, self._stage)
        if not self._pulse.ours:
            return "lost"
        return "canceled" if self._pulse.canceled else ""

    def _end(self, output: Place, key: str, ended: Ended) -> None:
        if ended.reason == "lost":
            return
        if ended.reason == "canceled" or (not ended.reason and self._pulse.canceled):
            self._close(TaskStatus.CANCELED, {})
        elif ended.answer is None:
            self._fail(output, death(ended, self._means.limits))
        else:
            self._publish(output, ended.answer, key)

    def _publish(self, output: Place, answer: dict[str, Any], key: str) -> None:
        """Commits what the worker gave; a good result goes into the cache, too."""
        results = self._folder / OUTPUT
        files = files_of(results)
        good = answer["result"] in _GOOD
        if answer["result"] == "planned":
            message = "the vendor's compiler is not installed here; the plan among the artifacts has the command"
            answer = {**answer, "error": {"code": "MW-T003", "message": message, "hint": "run its build.sh elsewhere"}}
        if good:
            kept = [file for file in files if file.name != JOB_LOG]
            for file in kept:
                self._means.cache.put(results / file.name, file.sha256)
            outcome = {**answer, "files": [asdict(file) for file in kept]}
            with self._means.database.write() as connection:
                row = self._claim.row
                cached.keep(connection, row.project, key, row.id, outcome)
        self._commit(output, results, files, answer, TaskStatus.SUCCESSFUL if good else TaskStatus.FAILED)

    def _from_cache(self, output: Place, key: str) -> bool:
        """Whether an earlier task gave the result, which is then this one's."""
        row = self._claim.row
        with self._means.database.read() as connection:
            found = cached.look_up(connection, row.project, key)
        results = self._folder / OUTPUT
        results.mkdir()
        if found is None or not self._means.cache.get(found["outcome"]["files"], results):
            return False
        message = f"the same inputs and settings were converted by task {found['task']}: its result is taken"
        line = {"time": now(), "level": "info", "stage": "input", "message": message}
        self._lines.append(line)
        (results / JOB_LOG).write_text(log_text(line), encoding="utf-8")
        answer = {key: value for key, value in found["outcome"].items() if key != "files"}
        self._commit(output, results, files_of(results), {**answer, "cached": True}, TaskStatus.SUCCESSFUL)
        return True

    def _fail(self, output: Place, error: ModelwrightError) -> None:
        """Ends the task with an error that did not come from a worker."""
        results = self._folder / OUTPUT
        results.mkdir(parents=True, exist_ok=True)
        ending = failed(error)
        line = {"time": now(), "level": "error", "stage": "end", "message": f"{error.code}: {error.message}"}
        self._lines.append(line)
        if not (results / JOB_LOG).exists():
            (results / JOB_LOG).write_text(log_text(line), encoding="utf-8")
        answer = {**ending, "stages": [], "summary": {}}
        try:
            self._commit(output, results, files_of(results), answer, TaskStatus.FAILED)
        except OSError:  # the output folder is the trouble: the task says so, nothing is written
            self._close(TaskStatus.FAILED, ending)

    def _commit(
        self,
        output: Place,
        results: Path,
        files: Sequence[StoredFile],
        answer: Mapping[str, Any],
        status: TaskStatus,
    ) -> None:
        """Commits files and ending by one manifest, then closes the task."""
        row, lease = self._claim.row, self._claim.lease
        ours, _ = self._means.leases.beat(self._claim, self._lines, "output")
        self._lines = []
        if not ours:
            return
        artifacts = [asdict(file) for file in files]
        outcome = {"stages": answer["stages"], "summary": answer["summary"], "artifacts": artifacts}
        ending = {
            "status": status.value,
            "result": answer["result"],
            "error": answer["error"],
            "cached": bool(answer.get("cached")),
            "outcome": outcome,
        }
        folder = f"{row.id}.{row.run}.{lease}"
        wanted = Manifest(task=row.id, run=row.run, folder=folder, files=tuple(files), ending=ending)
        self._settle(output, publish(output, results, wanted))

    def _settle(self, output: Place, manifest: Manifest) -> None:
        """What a committed manifest asks for: files to their places, the task closed as it says."""
        finish(output, manifest)
        ending = dict(manifest.ending)
        self._close(TaskStatus(ending.pop("status")), ending)

    def _close(self, status: TaskStatus, values: Mapping[str, Any]) -> None:
        with self._means.database.write() as connection:
            close(connection, self._claim, status, values, self._lines)
        self._lines = []
