"""Tokens and projects as requests and answers have them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from modelwright.service.projects.roles import Role


class Code(BaseModel):
    """A sign-in code."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=200)


class NewToken(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Role.EDITOR
    label: str = Field(min_length=1, max_length=100)


class Issued(BaseModel):
    """A token, told once."""

    token: str


class TokenModel(BaseModel):
    """What is known of a token; its secret is not."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role: Role
    label: str
    created: str
    revoked: str | None


class Who(BaseModel):
    """Who is asking."""

    label: str
    project: str
    role: Role
    operator: bool


class NewProject(BaseModel):
    """A project to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
