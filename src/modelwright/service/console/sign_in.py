"""Signing in by a one-time link or a token, and signing out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Anybody, Posted, Visit, local_path
from modelwright.service.errors import SignInError
from modelwright.service.sessions.service import Session, session_cookie

router = page_router()
_ADDRESS = Query(max_length=4000)


@router.get("/sign-in")
def show_sign_in(
    visit: Anybody,
    code: Annotated[str, Query(max_length=200)] = "",
    next: Annotated[str, _ADDRESS] = "/",  # noqa: A002  the name in links
) -> Response:
    """The sign-in page; looking at a link does not use it up."""
    if visit.session is not None and not code:
        return visit.go(local_path(next))
    answer = visit.page("sign_in.html", {"code": code, "next": local_path(next), "wrong": ""})
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/sign-in")
def enter(visit: Anybody, fields: Posted) -> Response:
    """Begins a session."""
    visit.context.limiter.take("sign-in")
    code = fields.get("code")
    target = local_path(fields.get("next"))
    try:
        session = _begin(visit, code, fields.get("token").strip())
    except SignInError:
        wrong = "sign_in.wrong_link" if code else "sign_in.wrong"
        return visit.page("sign_in.html", {"code": "", "next": target, "wrong": wrong}, status=401)
    if visit.session is not None:
        visit.context.sessions.end(visit.session.secret)
    answer = visit.go(target)
    visit.set_cookie(answer, session_cookie(visit.request.url), session.secret, visit.context.sessions.seconds)
    return answer


@router.post("/sign-out")
def leave(visit: Anybody, fields: Posted) -> Response:
    """Ends the session."""
    del fields
    if visit.session is not None:
        visit.context.sessions.end(visit.session.secret)
    answer = visit.go("/sign-in")
    answer.delete_cookie(session_cookie(visit.request.url), path="/")
    return answer


def _begin(visit: Visit, code: str, token: str) -> Session:
    sessions = visit.context.sessions
    return sessions.begin_by_link(code) if code else sessions.begin(token)
