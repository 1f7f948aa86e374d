"""What endpoints work with, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from modelwright.service.database import Database
from modelwright.service.engine.local import LocalEngine
from modelwright.service.limiting import RateLimiter
from modelwright.service.projects.roles import Principal
from modelwright.service.projects.service import ProjectService
from modelwright.service.sessions.service import COOKIE, CSRF_HEADER, SessionService
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
    engine: LocalEngine
    projects: ProjectService
    sessions: SessionService
    tasks: TaskService
    uploads: UploadService
    limiter: RateLimiter


async def _context(request: Request) -> Context:  # asynchronous: a thread of its own would cost more
    context: Context = request.app.state.context
    return context


Served = Annotated[Context, Depends(_context)]


def _principal(
    context: Served,
    request: Request,
    authorization: Annotated[str | None, Header()] = None,
    modelwright_project: Annotated[str | None, Header(description="operators: the project to work in")] = None,
) -> Principal:
    secret = request.cookies.get(COOKIE)
    if authorization is None and secret:
        csrf = request.headers.get(CSRF_HEADER)
        principal = context.sessions.requested(secret, request.method, csrf, modelwright_project)
    else:
        principal = context.projects.authenticate(authorization, modelwright_project)
    context.limiter.take(principal.token)
    return principal


Asking = Annotated[Principal, Depends(_principal)]
