"""What endpoints work with, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from modelwright.service.database import Database
from modelwright.service.engine.interface import Engine
from modelwright.service.limiting import RateLimiter
from modelwright.service.projects.roles import Principal
from modelwright.service.projects.service import ProjectService
from modelwright.service.quick import Quick
from modelwright.service.sessions.service import CSRF_HEADER, SessionService, session_cookie
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.store import Store
from modelwright.service.tasks.service import TaskService
from modelwright.service.uploads.service import UploadService


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts of a running service."""

    settings: ServiceSettings
    database: Database
    store: Store
    engine: Engine
    projects: ProjectService
    sessions: SessionService
    tasks: TaskService
    uploads: UploadService
    limiter: RateLimiter
    quick: Quick


async def _context(request: Request) -> Context:  # asynchronous: a thread of its own would cost more
    context: Context = request.app.state.context
    return context


Served = Annotated[Context, Depends(_context)]


_BEARER: Final = HTTPBearer(auto_error=False, scheme_name="token", description="a token of a project: mw_...")


async def _asker(
    context: Served,
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    modelwright_project: Annotated[str | None, Header(description="operators: the project to work in")] = None,
) -> Callable[[], Principal]:
    del bearer  # it is for the OpenAPI document; what is wrong with the header is said by `authenticate`
    return lambda: _asked(context, request, modelwright_project)


Asker = Annotated[Callable[[], Principal], Depends(_asker)]
"""Finds out who is asking; for endpoints that do so in the thread in which they read."""


async def _principal(context: Served, asker: Asker) -> Principal:
    return await context.quick.read(asker)


def _asked(context: Context, request: Request, project: str | None) -> Principal:
    authorization, secret = request.headers.get("authorization"), request.cookies.get(session_cookie(request.url))
    if authorization is None and secret:
        csrf = request.headers.get(CSRF_HEADER)
        principal = context.sessions.requested(secret, request.method, csrf, project)
    else:
        principal = context.projects.authenticate(authorization, project)
    context.limiter.take(principal.token)
    return principal


Asking = Annotated[Principal, Depends(_principal)]
"""Who is asking."""
