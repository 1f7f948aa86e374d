"""The page of the workers: who runs tasks, with which tools, and what they can build."""

from __future__ import annotations

from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Visiting
from modelwright.service.health import list_workers
from modelwright.templates.catalogue import templates

router = page_router()


@router.get("/workers")
def show(visit: Visiting) -> Response:
    """The workers that are there."""
    found = list_workers(visit.context, visit.principal)
    return visit.page("workers.html", {"workers": found, "total": len(templates())})
