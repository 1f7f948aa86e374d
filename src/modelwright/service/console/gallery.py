"""The template gallery: three filters and a search."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Visiting
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
) -> Response:
    """The templates that fit; for htmx the cards alone."""
    found = find_templates(
        chip=chip or None, framework=framework or None, model_format=format or None, search=search or None
    )
    values = {
        "found": found,
        "total": len(templates()),
        "facets": facets(templates()),
        "filters": {"chip": chip, "framework": framework, "format": format, "search": search},
    }
    return visit.page("cards.html" if visit.htmx else "gallery.html", values)
