"""The task list: search, filter, sorting, pages, live rows; cancel, retry and delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response
from sqlalchemy import Row

from modelwright.service.console.example import example_folder
from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Posted, Visit, Visiting, local_path
from modelwright.service.errors import NotThereError
from modelwright.service.paging import decode, encode
from modelwright.service.tasks import repository
from modelwright.service.tasks.schemas import Task, TaskInfo
from modelwright.service.tasks.states import TaskStatus

router = page_router()
PAGE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a list shows, as its address says.

    Attributes:
        search: Text in name or description.
        status: One status; empty for all.
        sort: ``created`` or ``name``.
        order: ``asc`` or ``desc``.
        deleted: How many tasks were deleted just now.
        kept: How many of them could not be.
    """

    search: str = ""
    status: str = ""
    sort: str = "created"
    order: str = "desc"
    deleted: int = 0
    kept: int = 0

    def link(self, changes: dict[str, str]) -> str:
        """The address of a view that differs."""
        usual = asdict(View())
        mine = {**asdict(self), "deleted": 0, "kept": 0} | changes
        left = {name: value for name, value in mine.items() if value != usual.get(name)}
        return f"/tasks?{urlencode(left)}" if left else "/tasks"

    def sorted_by(self, key: str) -> str:
        """The address of the view sorted by this column, or the other way round if it is."""
        first = "desc" if key == "created" else "asc"
        other = {"asc": "desc", "desc": "asc"}[self.order]
        return self.link({"sort": key, "order": other if key == self.sort else first})


class ListedTask(TaskInfo):
    """A task as a row shows it."""

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status.over

    @property
    def seen(self) -> str:
        """What of it changes while it is not over, as a text that pages send back."""
        return f"{self.status.value}.{self.stage or ''}.{self.run}"


@router.get("/")
def home(visit: Visiting) -> Response:
    """The task list is the first page."""
    return visit.go("/tasks")


@router.get("/tasks")
def show(
    visit: Visiting,
    search: Annotated[str, Query(max_length=100)] = "",
    status: Literal["", "Initializing", "Running", "Successful", "Failed", "Canceled"] = "",
    sort: Literal["created", "name"] = "created",
    order: Literal["", "asc", "desc"] = "",
    after: Annotated[str, Query(max_length=1000)] = "",
    before: Annotated[str, Query(max_length=1000)] = "",
    deleted: Annotated[int, Query(ge=0)] = 0,
    kept: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """A page of the list; for htmx the rows alone."""
    order = order or ("desc" if sort == "created" else "asc")
    view = View(search=search, status=status, sort=sort, order=order, deleted=deleted, kept=kept)
    rows, previous, following = _rows(visit, view, after, before)
    with visit.context.database.read() as connection:
        counts = repository.counts(connection, visit.principal.project)
    values = {
        "view": view,
        "rows": rows,
        "previous": previous,
        "next": following,
        "counts": counts,
        "total": sum(counts.values()),
        "statuses": list(TaskStatus),
        "example": example_folder() is not None,
    }
    return visit.page("rows.html" if visit.htmx else "list.html", values)


@router.get("/tasks/live")
def live(visit: Visiting, seen: Annotated[list[str], Query(max_length=PAGE)] = []) -> Response:  # noqa: B006
    """Rows of unfinished tasks that changed since the page saw them, and how long the others have taken."""
    known = {task: state for task, _, state in (item.partition(":") for item in seen)}
    with visit.context.database.read() as connection:
        rows = [repository.get(connection, visit.principal.project, task) for task in known]
    found = [listed(row) for row in rows if row is not None]
    changed = [task for task in found if task.seen != known[task.id]]
    running = [task for task in found if task.seen == known[task.id] and task.status is TaskStatus.RUNNING]
    if not changed and not running:
        return Response(status_code=204)
    return visit.page("live.html", {"changed": changed, "running": running})


@router.post("/tasks/delete")
def delete(visit: Visiting, fields: Posted) -> Response:
    """Asks before it deletes; then says how many went."""
    only = fields.get("only")
    ids = [only] if only else fields.all("ids")
    if fields.get("confirmed"):
        back = local_path(fields.get("back"))
        done = visit.context.tasks.delete_many(visit.principal, ids[:1000])
        said = urlencode({"deleted": len(done.deleted), "kept": len(done.kept)})
        base = back if back.partition("?")[0] == "/tasks" else "/tasks"
        return visit.go(f"{base}{'&' if '?' in base else '?'}{said}")
    chosen = _chosen(visit, ids[:1000])
    values = {
        "over": [task for task in chosen if task.status.over],
        "busy": [task for task in chosen if not task.status.over],
        "back": _without_notices(visit.here),
    }
    return visit.page("confirm_delete.html" if visit.htmx else "confirm_delete_page.html", values)


@router.post("/tasks/{task}/cancel")
def cancel(visit: Visiting, fields: Posted, task: str) -> Response:
    """Ends a task; gives its row, or the page where it was asked."""
    del fields
    return changed_task(visit, visit.context.tasks.cancel(visit.principal, task))


@router.post("/tasks/{task}/retry")
def retry(visit: Visiting, fields: Posted, task: str) -> Response:
    """Starts a task again; gives its row, or the page where it was asked."""
    del fields
    return changed_task(visit, visit.context.tasks.retry(visit.principal, task))


def changed_task(visit: Visit, task: Task) -> Response:
    """The answer to a change of a task: its row for the list, else the page again."""
    if visit.htmx and visit.here.partition("?")[0] == "/tasks":
        return visit.page("one_row.html", {"task": ListedTask.model_validate(task.model_dump())})
    return visit.go(visit.here)


def listed(row: Row[Any]) -> ListedTask:
    """A task's row in the database as one in the list."""
    return ListedTask.model_validate(row)


def _chosen(visit: Visit, ids: Sequence[str]) -> list[Task]:
    found: list[Task] = []
    for task in dict.fromkeys(ids):
        try:
            found.append(visit.context.tasks.get(visit.principal, task))
        except NotThereError:
            continue
    return found


def _without_notices(address: str) -> str:
    path, _, query = address.partition("?")
    left = [part for part in query.split("&") if part.partition("=")[0] not in ("deleted", "kept", "")]
    return f"{path}?{'&'.join(left)}" if left else path


def _rows(visit: Visit, view: View, after: str, before: str) -> tuple[list[ListedTask], str, str]:
    """A page's tasks, and the addresses of the pages before and after it."""
    cursor = decode(after or before, 2) if after or before else None
    backward = bool(before) and not after
    query = repository.TaskQuery(
        project=visit.principal.project,
        status=(TaskStatus(view.status),) if view.status else (),
        search=view.search,
        by_name=view.sort == "name",
        descending=(view.order == "desc") != backward,
        after=None if cursor is None else (cursor[0], cursor[1]),
        limit=PAGE + 1,
    )
    found = [listed(row) for row in visit.context.tasks.find(query)]
    more, rows = len(found) > PAGE, found[:PAGE]
    if backward:
        rows.reverse()
    has_next, has_previous = (True, more) if backward else (more, bool(after))
    if not rows:
        return [], "", ""
    ends = [encode(str(getattr(task, view.sort)), task.id) for task in (rows[0], rows[-1])]
    previous = view.link({"before": ends[0]}) if has_previous else ""
    return rows, previous, view.link({"after": ends[1]}) if has_next else ""
