"""A request for a page: who visits, in which language, and how the answer is rendered."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from modelwright.errors import ModelwrightError
from modelwright.service.console.rendering import Pages
from modelwright.service.console.strings import LANGUAGES, Texts, preferred_language
from modelwright.service.context import Context, Served
from modelwright.service.errors import InvalidRequestError, SignInError
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.sessions.service import CSRF_HEADER, Session, check_csrf, csrf_token, session_cookie

LANGUAGE_COOKIE: Final = "modelwright_language"
THEME_COOKIE: Final = "modelwright_theme"
VISITOR_COOKIE: Final = "modelwright_visitor"
THEMES: Final = ("auto", "light", "dark")
CSRF_FIELD: Final = "csrf"
_TAGS: Final = {"en": "en", "zh": "zh-CN"}
_YEAR: Final = 365 * 86400
_PLAIN: Final = "%/?=&+,:;@!$'()*[]~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who looks at a page.

    Attributes:
        request: The request.
        context: The parts of the service.
        pages: Renders.
        session: Who is signed in, or None.
        secret: What the CSRF token belongs to: the session's secret, or the visitor's before there is one.
        language: One of ``LANGUAGES``.
        theme: One of ``THEMES``.
    """

    request: Request
    context: Context
    pages: Pages
    session: Session | None
    secret: str
    language: str
    theme: str

    @property
    def principal(self) -> Principal:
        """Who is signed in.

        Raises:
            SignInError: Nobody is.
        """
        if self.session is None:
            raise SignInError("nobody is signed in", hint="sign in first")
        return self.session.principal

    @property
    def t(self) -> Texts:
        """The texts of the visitor's language."""
        return self.pages.texts[self.language]

    @property
    def htmx(self) -> bool:
        """Whether htmx asks for a part of a page; going back in the history asks for a whole one."""
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    @property
    def here(self) -> str:
        """The address of this page, as a path on this server."""
        if self.htmx:
            return local_path(self.request.headers.get("HX-Current-URL", ""))
        if self.request.method != "GET":
            return local_path(self.request.headers.get("Referer", ""))
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    def may(self, role: str) -> bool:
        """Whether the visitor has at least this role."""
        return self.session is not None and self.session.principal.role.rank >= Role(role).rank

    def page(self, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> HTMLResponse:
        """A page, or a part of one.

        Args:
            name: Template in ``html/``.
            values: What it speaks of.
            status: HTTP status.
        """
        projects = self.context.projects.projects(self.principal) if self.session is not None else []
        own = {"visit": self, "csrf": csrf_token(self.secret), "projects": projects, "tag": _TAGS[self.language]}
        answer = HTMLResponse(self.pages.render(name, self.language, own | dict(values or {})), status_code=status)
        answer.headers["Vary"] = "HX-Request, Accept-Language, Cookie"
        if self.session is None and self.request.cookies.get(VISITOR_COOKIE) != self.secret:
            self.set_cookie(answer, VISITOR_COOKIE, self.secret, None)
        return answer

    def go(self, path: str) -> Response:
        """Sends the browser to another page, also after a request by htmx."""
        if self.htmx:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=303)

    def set_cookie(self, answer: Response, name: str, value: str, seconds: float | None) -> None:
        """Sets a cookie that scripts cannot read and other sites' requests do not carry."""
        secure = self.context.settings.secure_cookies or self.request.url.scheme == "https"
        age = None if seconds is None else int(seconds)
        answer.set_cookie(name, value, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")

    def set_preference(self, answer: Response, name: str, value: str) -> None:
        """Keeps a preference in a cookie."""
        self.set_cookie(answer, name, value, _YEAR)

    def switched(self, fields: Fields) -> Visit | None:
        """The visit in the language or the colors that a form's switch asks for; None when it asks for none."""
        language, theme = fields.get("language"), fields.get("theme")
        if language not in LANGUAGES and theme not in THEMES:
            return None
        language = language if language in LANGUAGES else self.language
        return replace(self, language=language, theme=theme if theme in THEMES else self.theme)

    def keep_switches(self, answer: Response) -> None:
        """Keeps language and colors in cookies."""
        self.set_preference(answer, LANGUAGE_COOKIE, self.language)
        self.set_preference(answer, THEME_COOKIE, self.theme)


def visit_of(request: Request) -> Visit:
    """The visit that a request is; whose session is over is nobody."""
    context: Context = request.app.state.context
    cookies = request.cookies
    try:
        kept = cookies.get(session_cookie(request.url))
        session = context.sessions.find(kept) if kept else None
    except ModelwrightError:
        session = None
    language = cookies.get(LANGUAGE_COOKIE, "")
    theme = cookies.get(THEME_COOKIE, "")
    return Visit(
        request=request,
        context=context,
        pages=request.app.state.pages,
        session=session,
        secret=session.secret if session is not None else cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32),
        language=language if language in LANGUAGES else preferred_language(request.headers.get("Accept-Language", "")),
        theme=theme if theme in THEMES else THEMES[0],
    )


Anybody = Annotated[Visit, Depends(visit_of)]


def _visiting(context: Served, visit: Anybody) -> Visit:
    context.limiter.take(visit.principal.token)
    return visit


Visiting = Annotated[Visit, Depends(_visiting)]


class Fields:
    """The fields of a form."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str, default: str = "") -> str:
        """A field's value; the last one of several."""
        return dict(self.pairs).get(name, default)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.pairs if key == name]

    def below(self, prefix: str) -> dict[str, str]:
        """The fields whose names begin so, without that beginning."""
        return {key.removeprefix(prefix): value for key, value in self.pairs if key.startswith(prefix)}


async def _posted(request: Request, visit: Anybody) -> Fields:
    try:
        body = (await request.body()).decode()
        fields = Fields(parse_qsl(body, keep_blank_values=True, max_num_fields=5000, errors="strict"))
    except ValueError:
        raise InvalidRequestError("the form cannot be read", hint="load the page again") from None
    check_csrf(visit.secret, request.headers.get(CSRF_HEADER) or fields.get(CSRF_FIELD))
    return fields


Posted = Annotated[Fields, Depends(_posted)]


def local_path(address: str) -> str:
    """Path and query of an address of this server, or ``/`` for anything that leads elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    path = parts.path
    if not path.startswith("/") or path.startswith("//") or any(char in "\\\r\n" or ord(char) < 32 for char in path):
        return "/"
    return quote(f"{path}?{parts.query}" if parts.query else path, safe=_PLAIN)
