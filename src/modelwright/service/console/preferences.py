"""Switches: language, colors, and the project an operator works in."""

from __future__ import annotations

from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.strings import LANGUAGES
from modelwright.service.console.visit import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Anybody, Posted, Visiting
from modelwright.service.errors import InvalidRequestError

router = page_router()


@router.post("/preferences/language")
def choose_language(visit: Anybody, fields: Posted) -> Response:
    """Keeps the language in a cookie and shows the page again."""
    return _kept(visit, LANGUAGE_COOKIE, fields.get("language"), LANGUAGES)


@router.post("/preferences/theme")
def choose_theme(visit: Anybody, fields: Posted) -> Response:
    """Keeps the colors in a cookie and shows the page again."""
    return _kept(visit, THEME_COOKIE, fields.get("theme"), THEMES)


@router.post("/preferences/project")
def choose_project(visit: Visiting, fields: Posted) -> Response:
    """Lets an operator's session work in another project."""
    assert visit.session is not None  # noqa: S101  somebody is signed in
    visit.context.sessions.choose_project(visit.session, fields.get("project"))
    return visit.go("/tasks")


def _kept(visit: Anybody, cookie: str, value: str, known: tuple[str, ...]) -> Response:
    if value not in known:
        raise InvalidRequestError(f"{value[:40]!r} is none of {', '.join(known)}", hint="use the buttons of the page")
    answer = visit.go(visit.here)
    visit.set_preference(answer, cookie, value)
    return answer
