"""Requests about the project and the service, as data: who may what, where folders are, who works."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import TypeAdapter

from modelwright.client.answers import Health
from modelwright.client.calls import Call
from modelwright.service.audit.schemas import AuditPage
from modelwright.service.engine.schemas import WorkerModel
from modelwright.service.projects.roles import Role
from modelwright.service.projects.schemas import Issued, TokenModel, Who
from modelwright.service.storage.schemas import Listing


def listing(url: str) -> Call[Listing]:
    """What a folder holds."""
    return Call(method="GET", path="/v1/storage", answer=TypeAdapter(Listing), query={"url": url})


def who() -> Call[Who]:
    """Who the token belongs to."""
    return Call(method="GET", path="/v1/me", answer=TypeAdapter(Who))


def tokens() -> Call[list[TokenModel]]:
    """The project's tokens."""
    return Call(method="GET", path="/v1/tokens", answer=TypeAdapter(list[TokenModel]))


def create_token(role: Role, label: str) -> Call[Issued]:
    """Makes a token."""
    data = {"role": role.value, "label": label}
    return Call(method="POST", path="/v1/tokens", answer=TypeAdapter(Issued), data=data)


def revoke_token(token: str) -> Call[None]:
    """Ends a token."""
    return Call(method="DELETE", path=f"/v1/tokens/{quote(token, safe='')}", answer=TypeAdapter(type(None)))


def projects() -> Call[list[str]]:
    """The projects that the token can name."""
    return Call(method="GET", path="/v1/projects", answer=TypeAdapter(list[str]))


def create_project(name: str) -> Call[Issued]:
    """Makes a project."""
    return Call(method="POST", path="/v1/projects", answer=TypeAdapter(Issued), data={"name": name})


def audit(limit: int, cursor: str | None) -> Call[AuditPage]:
    """A page of the audit trail."""
    query = {"limit": limit, "cursor": cursor}
    return Call(method="GET", path="/v1/audit", answer=TypeAdapter(AuditPage), query=query)


def workers() -> Call[list[WorkerModel]]:
    """What runs tasks."""
    return Call(method="GET", path="/v1/workers", answer=TypeAdapter(list[WorkerModel]))


def health(part: str) -> Call[Health]:
    """Whether the service is there (``live``), and its database, too (``ready``)."""
    return Call(method="GET", path=f"/health/{part}", answer=TypeAdapter(Health))
