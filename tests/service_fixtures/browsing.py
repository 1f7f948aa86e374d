"""A browser without scripts: it keeps cookies and fills in forms."""

from __future__ import annotations

import asyncio
import functools
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from modelwright.service.app import build_app, build_context
from modelwright.service.context import Context
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.sessions.service import COOKIE
from modelwright.service.settings import ServiceSettings


@functools.cache
def shared_app() -> FastAPI:
    """One application for all services of a process: routes are read once, and each request brings its service."""
    with tempfile.TemporaryDirectory() as folder:
        context = build_context(ServiceSettings(data=Path(folder) / "data"))
        app = build_app(context)
        context.database.close()
    return app


class Browser:
    """Looks at pages of a service."""

    def __init__(self, context: Context, address: str = "http://service.test") -> None:
        self.context = context
        self.app = shared_app()
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        self.client = AsyncClient(transport=transport, base_url=address)

    def ask(self, method: str, path: str, **options: object) -> Response:
        """A request, redirects not followed."""
        self.app.state.context = self.context
        return asyncio.run(self.client.request(method, path, **options))

    def get(self, path: str, **options: object) -> Response:
        """A page."""
        return self.ask("GET", path, **options)

    def csrf(self, path: str = "/sign-in?code=none") -> str:
        """The CSRF token of a page."""
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)[1]

    def post(self, path: str, fields: dict[str, object] | None = None, **options: object) -> Response:
        """A form, with the CSRF token."""
        data = {"csrf": self.csrf(), **(fields or {})}
        return self.ask("POST", path, data=data, **options)

    def sign_in(self, token: str) -> None:
        """Signs in by a token."""
        assert self.post("/sign-in", {"token": token}).status_code == 303
        assert self.client.cookies[COOKIE]


HTMX = {"HX-Request": "true", "HX-Current-URL": "http://service.test/tasks"}


@pytest.fixture
def visitor(context: Context) -> Browser:
    """A browser that is not signed in; nobody takes the service's tasks."""
    return Browser(context)


@pytest.fixture
def operator(context: Context, visitor: Browser) -> Browser:
    """A browser that the operator is signed in with, by the link."""
    code = context.projects.first_sign_in(5)
    assert visitor.post("/sign-in", {"code": code}).status_code == 303
    return visitor


@pytest.fixture
def signed_in(context: Context) -> Callable[..., Browser]:
    """Browsers that somebody of a role and project is signed in with."""

    def make(role: Role = Role.EDITOR, project: str = "default") -> Browser:
        admin = Principal(token="t", label="maker", project=project, role=Role.ADMIN, operator=True)
        if project not in context.projects.projects(admin):
            context.projects.create_project(admin, project)
        found = Browser(context)
        found.sign_in(context.projects.create_token(admin, role, f"an {role.value}"))
        return found

    return make
