"""A task's page."""

from __future__ import annotations

from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Visiting

router = page_router()


@router.get("/tasks/{task}")
def show(visit: Visiting, task: str) -> Response:
    """What is known of a task."""
    return visit.page("task.html", {"task": visit.context.tasks.get(visit.principal, task)})


@router.get("/tasks/{task}/status")
def status(visit: Visiting, task: str) -> Response:
    """The part of the page that changes while the task is not over."""
    return visit.page("task_status.html", {"task": visit.context.tasks.get(visit.principal, task)})
