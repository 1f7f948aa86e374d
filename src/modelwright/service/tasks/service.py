"""What can be done with tasks, each in one transaction with its row in the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from modelwright.service.audit.repository import record
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.dialects import alone
from modelwright.service.engine.interface import Engine
from modelwright.service.errors import BusyError, ExistsError, Fault, NotThereError, ServiceError, StateError
from modelwright.service.logs import repository as logs
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.storage.commits import forget
from modelwright.service.storage.store import Store
from modelwright.service.tasks import repository
from modelwright.service.tasks.acceptance import Accepted, accept, examine
from modelwright.service.tasks.rules import suggested_name
from modelwright.service.tasks.schemas import Deleted, NewTask, Problem, Task, TaskChanges, task_of
from modelwright.service.tasks.states import TaskStatus
from modelwright.service.tasks.table import tasks


class TaskService:
    """Tasks of projects."""

    def __init__(self, database: Database, store: Store, engine: Engine) -> None:
        self._database = database
        self._store = store
        self._engine = engine

    def create(self, principal: Principal, new: NewTask, *, key: str | None = None) -> Task:
        """Checks a request, everything at once, and makes a task of it.

        Args:
            principal: Who asks.
            new: The request.
            key: An idempotency key: the same request with the same key makes one task.

        Raises:
            ForbiddenError: The principal may not.
            InvalidRequestError: Something is wrong with it.
            ExistsError: There is a task of that name, or the key was used for another request.
        """
        principal.require(Role.EDITOR)
        digest = hashlib.sha256(new.model_dump_json().encode()).hexdigest()
        if key is not None:
            with self._database.read() as connection:
                found = self._repeated(connection, principal, key, digest)
            if found is not None:
                return found
        accepted = accept(principal, new, self._store)
        with self._database.write() as connection:
            alone(connection, f"tasks {principal.project}", f"output {accepted.output}")
            if key is not None:
                found = self._repeated(connection, principal, key, digest)
                if found is not None:
                    return found
            task = self._add(connection, principal, accepted)
            if key is not None:
                repository.remember(connection, project=principal.project, key=key, request_hash=digest, task=task)
            row = _row(connection, principal, task)
        self._engine.submit(task)
        return task_of(row)

    def faults(self, principal: Principal, new: NewTask) -> list[Fault]:
        """Everything that ``create`` would refuse about a request, found without making a task."""
        accepted, faults = examine(principal, new, self._store)
        with self._database.read() as connection:
            if new.name and repository.by_name(connection, principal.project, new.name) is not None:
                message = f"there is a task {new.name!r}"
                faults.append(Fault(where="name", message=message, remedy="choose another name"))
            if accepted is not None and repository.by_output(connection, accepted.output) is not None:
                message = f"another task writes to {new.output}"
                faults.append(Fault(where="output", message=message, remedy="choose another output folder"))
        return faults

    def clone(self, principal: Principal, task: str, changes: TaskChanges) -> Task:
        """A new task like an old one, with changes.

        Raises:
            NotThereError: There is no such task.
            ServiceError: As ``create``.
        """
        principal.require(Role.EDITOR)
        old = self.get(principal, task)
        new = NewTask(
            name=changes.name or suggested_name(),
            description=old.description if changes.description is None else changes.description,
            template=changes.template or old.template,
            input=changes.input or old.input,
            output=changes.output or self._store.fresh_output(principal.project),
            priority=old.priority if changes.priority is None else changes.priority,
            settings=dict(old.settings) if changes.settings is None else changes.settings,
        )
        accepted = accept(principal, new, self._store)
        with self._database.write() as connection:
            alone(connection, f"tasks {principal.project}", f"output {accepted.output}")
            made = self._add(connection, principal, accepted, cloned_from=old.id)
            row = _row(connection, principal, made)
        self._engine.submit(made)
        return task_of(row)

    def _add(
        self, connection: Connection, principal: Principal, accepted: Accepted, cloned_from: str | None = None
    ) -> str:
        new, template = accepted.new, accepted.template
        if repository.by_name(connection, principal.project, new.name) is not None:
            raise ExistsError(f"there is a task {new.name!r}", hint="choose another name")
        other = repository.by_output(connection, accepted.output)
        if other is not None:
            raise ExistsError(f"another task writes to {new.output}", hint="choose another output folder")
        task = new_id()
        repository.add(
            connection,
            id=task,
            project=principal.project,
            name=new.name,
            description=new.description,
            template=template.name,
            chip=template.chip,
            framework=template.framework,
            model_format=template.format,
            input=accepted.input,
            output=accepted.output,
            settings=accepted.settings,
            status=TaskStatus.INITIALIZING.value,
            created=now(),
            created_by=principal.label,
            updated=now(),
            run=1,
            attempt=0,
            cached=False,
            cloned_from=cloned_from,
            cancel=False,
            priority=accepted.new.priority,
        )
        record(connection, principal, "addConvert", task, {"name": new.name, "template": template.name})
        return task

    def _repeated(self, connection: Connection, principal: Principal, key: str, digest: str) -> Task | None:
        """The task that the same request with this key made before."""
        before = repository.remembered(connection, principal.project, key)
        if before is None:
            return None
        if before.request_hash != digest:
            raise ExistsError("the idempotency key was used for another request", hint="send a new Idempotency-Key")
        row = repository.get(connection, principal.project, before.task)
        if row is None:
            raise ExistsError("the task that this idempotency key made was deleted", hint="send a new Idempotency-Key")
        return task_of(row)

    def get(self, principal: Principal, task: str) -> Task:
        """One task.

        Raises:
            NotThereError: The project has no such task.
        """
        with self._database.read() as connection:
            return task_of(_row(connection, principal, task))

    def find(self, query: repository.TaskQuery) -> Sequence[Row[Any]]:
        """The rows of tasks that fit."""
        with self._database.read() as connection:
            return repository.find(connection, query)

    def cancel(self, principal: Principal, task: str) -> Task:
        """Ends a task that is not over: at once if nobody works on it, else as soon as its worker is stopped.

        Raises:
            NotThereError: There is no such task.
            StateError: It is over.
        """
        principal.require(Role.EDITOR)
        with self._database.write() as connection:
            row = _row(connection, principal, task)
            if TaskStatus(row.status).over:
                raise StateError(f"the task {row.name} is {row.status}", hint="only what is not over can be canceled")
            waiting = tasks.c.status == TaskStatus.INITIALIZING.value
            if not repository.change(connection, task, TaskStatus.CANCELED, waiting, finished=now()):
                repository.note(connection, task, cancel=True)
            record(connection, principal, "updateConvert", task, {"cancel": True})
            row = _row(connection, principal, task)
        self._engine.cancel(task)
        return task_of(row)

    def retry(self, principal: Principal, task: str) -> Task:
        """Starts a task that failed or was canceled again.

        Raises:
            NotThereError: There is no such task.
            BusyError: It is not over.
            StateError: It succeeded.
        """
        principal.require(Role.EDITOR)
        with self._database.write() as connection:
            row = _row(connection, principal, task)
            if not TaskStatus(row.status).over:
                raise BusyError(f"the task {row.name} is {row.status}", hint="cancel it first")
            begun = repository.change(
                connection,
                task,
                TaskStatus.INITIALIZING,
                run=row.run + 1,
                attempt=0,
                error=None,
                outcome=None,
                result=None,
                stage=None,
                started=None,
                finished=None,
                cancel=False,
                cached=False,
                submitted=None,
            )
            if not begun:
                raise StateError(f"the task {row.name} is {row.status}", hint="clone it to convert again")
            record(connection, principal, "updateConvert", task, {"retry": row.run + 1})
            row = _row(connection, principal, task)
        self._engine.submit(task)
        return task_of(row)

    def delete(self, principal: Principal, task: str) -> None:
        """Deletes a task that is over, for ever; what is in its output folder stays.

        Raises:
            NotThereError: There is no such task.
            BusyError: It is initializing or running.
        """
        principal.require(Role.EDITOR)
        with self._database.write() as connection:
            row = _row(connection, principal, task)
            if not repository.remove(connection, principal.project, task):
                message = f"the task {row.name} is {row.status} and cannot be deleted"
                raise BusyError(message, hint="wait until it is over, or cancel it first")
            logs.remove(connection, [task])
            forget(connection, row.output)
            record(connection, principal, "deleteConvert", task, {"name": row.name})

    def delete_many(self, principal: Principal, ids: Sequence[str]) -> Deleted:
        """Deletes those of several tasks that can be deleted, and says why the others were not.

        Raises:
            ForbiddenError: The principal may delete none.
        """
        principal.require(Role.EDITOR)
        done: list[str] = []
        kept: dict[str, Problem] = {}
        for task in dict.fromkeys(ids):
            try:
                self.delete(principal, task)
                done.append(task)
            except ServiceError as error:
                kept[task] = Problem(code=error.code, message=error.message, hint=error.hint)
        return Deleted(deleted=done, kept=kept)


def _row(connection: Connection, principal: Principal, task: str) -> Row[Any]:
    row = repository.get(connection, principal.project, task)
    if row is None:
        raise NotThereError(f"no task {task[:64]!r}", hint="GET /v1/tasks lists them")
    return row
