"""Signing in, tokens and projects over REST."""

from __future__ import annotations

from fastapi import APIRouter

from modelwright.service.context import Asking, Served
from modelwright.service.problems import RESPONSES
from modelwright.service.projects.schemas import Code, Issued, NewProject, NewToken, TokenModel, Who

router = APIRouter(tags=["projects"], responses=RESPONSES)


@router.post("/v1/sign-in")
def sign_in(context: Served, code: Code) -> Issued:
    """A token for the code of a sign-in link, which is used up."""
    context.limiter.take("sign-in")
    return Issued(token=context.projects.sign_in(code.code))


@router.get("/v1/me")
def who_am_i(asking: Asking) -> Who:
    """Who the token belongs to."""
    return Who(label=asking.label, project=asking.project, role=asking.role, operator=asking.operator)


@router.get("/v1/tokens")
def list_tokens(context: Served, asking: Asking) -> list[TokenModel]:
    """The project's tokens, for its admins."""
    return [TokenModel.model_validate(row) for row in context.projects.tokens(asking)]


@router.post("/v1/tokens", status_code=201)
def create_token(context: Served, asking: Asking, new: NewToken) -> Issued:
    """A new token for the project, by its admins."""
    return Issued(token=context.projects.create_token(asking, new.role, new.label))


@router.delete("/v1/tokens/{token}", status_code=204)
def revoke_token(context: Served, asking: Asking, token: str) -> None:
    """Ends a token."""
    context.projects.revoke_token(asking, token)


@router.get("/v1/projects")
def list_projects(context: Served, asking: Asking) -> list[str]:
    """The projects that the token can name."""
    return list(context.projects.projects(asking))


@router.post("/v1/projects", status_code=201)
def create_project(context: Served, asking: Asking, new: NewProject) -> Issued:
    """A new project, by the operator; the answer is a token for its first admin."""
    return Issued(token=context.projects.create_project(asking, new.name))
