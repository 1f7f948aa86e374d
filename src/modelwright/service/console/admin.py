"""Pages of a project's admins, tokens and the audit trail, and what the operator makes: projects and sign-in links."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.audit.endpoints import list_audit
from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Posted, Visit, Visiting
from modelwright.service.errors import Fault, InvalidRequestError
from modelwright.service.projects.roles import Role

router = page_router()
_LONGEST_LABEL: Final = 100
_UNSAID: Final[dict[str, Any]] = {"made": "", "label": "", "link": "", "minutes": 0}


@router.get("/tokens")
def show_tokens(visit: Visiting) -> Response:
    """The project's tokens."""
    return _tokens(visit, {})


@router.post("/tokens")
def make_token(visit: Visiting, fields: Posted) -> Response:
    """Makes a token and shows it, this once."""
    label = fields.get("label").strip()
    if not label or len(label) > _LONGEST_LABEL:
        raise InvalidRequestError("the label has 1 to 100 characters", hint="say who or what the token is for")
    token = visit.context.projects.create_token(visit.principal, _role(fields.get("role")), label)
    return _tokens(visit, {"made": token, "label": label})


@router.post("/tokens/{token}/revoke")
def revoke_token(visit: Visiting, fields: Posted, token: str) -> Response:
    """Asks before it ends a token."""
    if fields.get("confirmed"):
        visit.context.projects.revoke_token(visit.principal, token)
        return visit.go("/tokens")
    rows = [row for row in visit.context.projects.tokens(visit.principal) if row.id == token]
    values = {"token": rows[0] if rows else None, "own": token == visit.principal.token}
    return visit.page("confirm_revoke.html" if visit.htmx else "confirm_revoke_page.html", values)


@router.post("/projects")
def make_project(visit: Visiting, fields: Posted) -> Response:
    """Makes a project and shows its first admin's token, this once."""
    name = fields.get("name").strip()
    token = visit.context.projects.create_project(visit.principal, name)
    return _tokens(visit, {"made": token, "label": name})


@router.post("/sign-in-links")
def make_link(visit: Visiting, fields: Posted) -> Response:
    """Makes a link that signs the operator in once, for another browser or the command line."""
    del fields
    visit.principal.require_operator()
    settings = visit.context.settings
    code = visit.context.projects.first_sign_in(settings.sign_in_minutes)
    link = visit.request.url_for("show_sign_in").include_query_params(code=code)
    return _tokens(visit, {"link": str(link), "minutes": int(settings.sign_in_minutes)})


@router.get("/audit")
def show_audit(visit: Visiting, cursor: Annotated[str, Query(max_length=1000)] = "") -> Response:
    """The project's audit trail, newest first."""
    page = list_audit(visit.context, visit.principal, limit=50, cursor=cursor or None)
    return visit.page("audit.html", {"entries": page.items, "next": page.next, "first": not cursor})


def _tokens(visit: Visit, said: dict[str, Any]) -> Response:
    rows = visit.context.projects.tokens(visit.principal)
    values = {"tokens": [row for row in rows if not row.revoked], "roles": list(Role), "said": _UNSAID | said}
    return visit.page("tokens.html", values)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        fault = Fault(where="role", message=text[:40], remedy="viewer, editor or admin")
        raise InvalidRequestError("there is no such role", hint="choose one of the page's", faults=[fault]) from None
