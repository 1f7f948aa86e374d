"""A task's page: what it is, how far it came, what it gave."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.log_view import LEVELS, log_page
from modelwright.service.console.recipes import recipe_text
from modelwright.service.console.route import page_router
from modelwright.service.console.task_page import outcome_values, page_values, seen, status_values
from modelwright.service.console.visit import Visiting
from modelwright.service.errors import NotThereError

router = page_router()
_STOP_POLLING = 286
"""htmx's own status: what comes is shown, and it does not ask again."""


@router.get("/tasks/{task}")
def show(visit: Visiting, task: str) -> Response:
    """What is known of a task."""
    return visit.page("task.html", page_values(visit, visit.context.tasks.get(visit.principal, task)))


@router.get("/tasks/{task}/status")
def status(visit: Visiting, task: str, known: Annotated[str, Query(max_length=50)] = "") -> Response:
    """What changes while the task is not over; all that depends on its state when that has changed."""
    try:
        found = visit.context.tasks.get(visit.principal, task)
    except NotThereError:
        if not visit.htmx:
            raise
        return visit.page("task_gone.html", status=_STOP_POLLING)
    values = status_values(visit, found)
    if known == seen(found):
        return visit.page("task_status.html", values)
    return visit.page("task_changed.html", values | outcome_values(visit, found))


@router.get("/tasks/{task}/log")
def log(
    visit: Visiting,
    task: str,
    offset: Annotated[int, Query(ge=0, le=1 << 31)] = 0,
    search: Annotated[str, Query(max_length=200)] = "",
    level: Literal["", "info", "notice", "warning", "error"] = "",
) -> Response:
    """The log in pages, for who does not run scripts."""
    found = visit.context.tasks.get(visit.principal, task)
    view = log_page(visit, found, offset=offset, search=search, level=level)
    return visit.page("log_page.html", {"task": found, "log": view, "levels": LEVELS})


@router.get("/tasks/{task}/recipe")
def recipe(visit: Visiting, task: str) -> Response:
    """The recipe, as a page; for htmx the text alone."""
    found = visit.context.tasks.get(visit.principal, task)
    values = {"task": found, "recipe": recipe_text(visit, found)}
    return visit.page("recipe.html" if visit.htmx else "recipe_page.html", values)


@router.get("/tasks/{task}/recipe.json")
def recipe_file(visit: Visiting, task: str) -> Response:
    """The recipe as a file."""
    found = visit.context.tasks.get(visit.principal, task)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.recipe.json"'}
    return Response(recipe_text(visit, found), media_type="application/json", headers=headers)
