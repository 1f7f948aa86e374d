"""Puts the console into the application."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from modelwright.service.console import browse, create, details, example, gallery, listing, preferences, sign_in
from modelwright.service.console.assets import ROOT
from modelwright.service.console.headers import SecurityHeaders
from modelwright.service.console.rendering import Pages
from modelwright.service.console.route import error_page
from modelwright.service.errors import NotThereError
from modelwright.service.problems import http_problem

_ROUTERS = (
    sign_in.router,
    preferences.router,
    gallery.router,
    listing.router,
    create.router,
    browse.router,
    example.router,
    details.router,
)
"""List and form before the details, whose address takes any name."""


def install(app: FastAPI) -> None:
    """Adds pages, static files and headers; a browser that asks for a page that is not there gets one that says so."""
    app.state.pages = Pages()
    for router in _ROUTERS:
        app.include_router(router)
    app.mount(ROOT, app.state.pages.assets)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, _missing)


async def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is registered for these
    wants_page = "text/html" in request.headers.get("Accept", "")
    if error.status_code != 404 or not wants_page or request.url.path.startswith("/v1/"):
        return await http_problem(request, error)
    missing = NotThereError(f"no page {request.url.path[:200]}", hint="the address is not as links have it")
    return await run_in_threadpool(error_page, request, missing)
