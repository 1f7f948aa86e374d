"""Routes of pages: errors become pages, too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from modelwright.errors import ModelwrightError
from modelwright.service.console.visit import visit_of
from modelwright.service.errors import InvalidRequestError, NotThereError, SignInError
from modelwright.service.problems import status_of


class PageRoute(APIRoute):
    """A route whose errors are shown to people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler within ours."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except ModelwrightError as error:
                return await run_in_threadpool(error_page, request, error)
            except RequestValidationError as wrong:
                return await run_in_threadpool(error_page, request, _unknown(request, wrong))

        return handle


def page_router() -> APIRouter:
    """A router of pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def error_page(request: Request, error: ModelwrightError) -> Response:
    """An error as a page, as a notice for htmx, or as the way to the sign-in page."""
    visit = visit_of(request)
    if isinstance(error, SignInError) and request.url.path != "/sign-in":
        here = visit.here
        return visit.go("/sign-in" if here == "/" else f"/sign-in?next={quote(here)}")
    name = "notice.html" if visit.htmx else "error.html"
    return visit.page(name, {"error": error}, status=status_of(error))


def _unknown(request: Request, wrong: RequestValidationError) -> ModelwrightError:
    """An address that no link has, with what of it is wrong."""
    places = {".".join(map(str, item["loc"][1:])) for item in wrong.errors() if item["loc"][0] == "query"}
    if not places:
        return NotThereError(f"no page {request.url.path}", hint="the address is not as links have it")
    return InvalidRequestError(
        f"the address holds something unknown: {', '.join(sorted(places))}", hint="the address is not as links have it"
    )
