"""Puts the console into the application."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from modelwright.errors import InternalError
from modelwright.service.console import (
    admin,
    browse,
    create,
    details,
    example,
    gallery,
    graph,
    listing,
    preferences,
    sign_in,
    workers,
)
from modelwright.service.console.assets import ROOT
from modelwright.service.console.headers import SecurityHeaders
from modelwright.service.console.rendering import Pages
from modelwright.service.console.route import error_page
from modelwright.service.console.viewer import ROOT as VIEWER_ROOT
from modelwright.service.console.viewer import Viewer, viewer_folder
from modelwright.service.errors import NotThereError
from modelwright.service.problems import fault_problem, http_problem

_ROUTERS = (
    sign_in.router,
    preferences.router,
    gallery.router,
    listing.router,
    create.router,
    browse.router,
    example.router,
    admin.router,
    workers.router,
    details.router,
    graph.router,
)
"""List and form before the details, whose address takes any name."""


def install(app: FastAPI) -> None:
    """Adds pages, static files and headers; a browser that asks for a page that is not there gets one that says so."""
    app.state.pages = Pages()
    for router in _ROUTERS:
        app.include_router(router)
    app.mount(ROOT, app.state.pages.assets)
    viewer = viewer_folder()
    if viewer is not None:
        app.mount(VIEWER_ROOT, Viewer(viewer))
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(Exception, _fault)


async def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is registered for these
    if error.status_code != 404 or not _wants_page(request):
        return await http_problem(request, error)
    missing = NotThereError(f"no page {request.url.path[:200]}", hint="the address is not as links have it")
    return await run_in_threadpool(error_page, request, missing)


async def _fault(request: Request, error: Exception) -> Response:
    answer = await fault_problem(request, error)
    if not _wants_page(request):
        return answer
    return await run_in_threadpool(error_page, request, InternalError("a fault of the service; its log says more"))


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.url.path.startswith("/v1/")
