"""The template gallery: three filters, a search, and which templates can be built here."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.readiness import Readiness, readiness_of
from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Visiting
from modelwright.service.health import list_workers
from modelwright.templates.catalogue import facets, find_templates, templates

router = page_router()
Word = Annotated[str, Query(max_length=100)]


@router.get("/templates")
def show(
    visit: Visiting,
    chip: Word = "",
    framework: Word = "",
    format: Word = "",  # noqa: A002  the name in links
    search: Word = "",
    ready: Literal["", "yes"] = "",
) -> Response:
    """The templates that fit; for htmx the cards alone."""
    found = find_templates(
        chip=chip or None, framework=framework or None, model_format=format or None, search=search or None
    )
    workers = list_workers(visit.context, visit.principal)
    ways = {item.name: readiness_of(item, workers) for item in found}
    if ready:
        found = tuple(item for item in found if ways[item.name].readiness is Readiness.BUILDS)
    values = {
        "found": found,
        "ways": ways,
        "total": len(templates()),
        "facets": facets(templates()),
        "filters": {"chip": chip, "framework": framework, "format": format, "search": search, "ready": ready},
    }
    return visit.page("cards.html" if visit.htmx else "gallery.html", values)
