"""The storage browser of the form: choosing a folder."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Visiting
from modelwright.service.storage.endpoints import list_folder, list_roots

router = page_router()


@router.get("/browse")
def show(
    visit: Visiting,
    field: Literal["input", "output"] = "input",
    url: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """What a folder holds; without a folder, where folders can be."""
    roots = list_roots(visit.context, visit.principal)
    if not url and len(roots) == 1:
        url = roots[0]
    listing = list_folder(visit.context, visit.principal, url) if url else None
    values = {
        "field": field,
        "roots": [(root, unquote(root)) for root in roots],
        "listing": listing,
        "trail": trail(roots, listing.url) if listing else [],
    }
    return visit.page("browse.html" if visit.htmx else "browse_page.html", values)


def trail(roots: list[str], url: str) -> list[tuple[str, str]]:
    """The folders from a root to a URL: each one's URL and name."""
    inside = [item for item in roots if (url + "/").startswith(item.rstrip("/") + "/")]
    root = max(inside, key=len, default=url).rstrip("/")
    found = [(root, unquote(root.rpartition("/")[2]) or root)]
    for part in url[len(root) :].strip("/").split("/"):
        if part:
            root = f"{root}/{part}"
            found.append((root, unquote(part)))
    return found
