"""Tasks over REST."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query

from modelwright.service.context import Asking, Served
from modelwright.service.paging import decode, encode
from modelwright.service.problems import RESPONSES
from modelwright.service.tasks.repository import TaskQuery
from modelwright.service.tasks.schemas import Deleted, NewTask, Task, TaskChanges, TaskInfo, TaskNames, TaskPage
from modelwright.service.tasks.states import TaskStatus

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], responses=RESPONSES)


@router.post("", status_code=201)
def create_task(
    context: Served,
    asking: Asking,
    new: NewTask,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Task:
    """Makes a task; fields, input folder and settings are checked, and all that is wrong is listed."""
    return context.tasks.create(asking, new, key=idempotency_key)


@router.get("")
def list_tasks(
    context: Served,
    asking: Asking,
    status: Annotated[list[TaskStatus], Query()] = [],  # noqa: B006  FastAPI copies defaults
    template: Annotated[str, Query(max_length=64)] = "",
    chip: Annotated[str, Query(max_length=16)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    sort: Literal["created", "name"] = "created",
    order: Literal["asc", "desc"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> TaskPage:
    """Lists tasks: newest first, or by name."""
    descending = (order or ("desc" if sort == "created" else "asc")) == "desc"
    after = None
    if cursor is not None:
        value, task = decode(cursor, 2)
        after = (value, task)
    query = TaskQuery(
        project=asking.project,
        status=tuple(status),
        template=template,
        chip=chip,
        search=search,
        by_name=sort == "name",
        descending=descending,
        after=after,
        limit=limit + 1,
    )
    rows = context.tasks.find(query)
    shown = [TaskInfo.model_validate(row) for row in rows[:limit]]
    more = encode(getattr(shown[-1], sort), shown[-1].id) if len(rows) > limit else None
    return TaskPage(items=shown, next=more)


@router.post("/delete")
def delete_tasks(context: Served, asking: Asking, names: TaskNames) -> Deleted:
    """Deletes several tasks; those that are not over are kept, and the answer says so."""
    return context.tasks.delete_many(asking, names.ids)


@router.get("/{task}")
def get_task(context: Served, asking: Asking, task: str) -> Task:
    """One task."""
    return context.tasks.get(asking, task)


@router.delete("/{task}", status_code=204)
def delete_task(context: Served, asking: Asking, task: str) -> None:
    """Deletes a task that is over; this cannot be undone."""
    context.tasks.delete(asking, task)


@router.post("/{task}/cancel")
def cancel_task(context: Served, asking: Asking, task: str) -> Task:
    """Ends a task that is not over."""
    return context.tasks.cancel(asking, task)


@router.post("/{task}/retry")
def retry_task(context: Served, asking: Asking, task: str) -> Task:
    """Starts a task that failed or was canceled again."""
    return context.tasks.retry(asking, task)


@router.post("/{task}/clone", status_code=201)
def clone_task(context: Served, asking: Asking, task: str, changes: TaskChanges) -> Task:
    """Makes a task like another one, with changes; without an output folder it gets a new one."""
    return context.tasks.clone(asking, task, changes)
