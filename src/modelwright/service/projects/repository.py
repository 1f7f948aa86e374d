"""Projects, tokens and sign-in links in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from modelwright.service.projects.table import projects, sign_ins, tokens


def project_exists(connection: Connection, name: str) -> bool:
    """Whether there is a project of that name."""
    return connection.execute(select(projects.c.name).where(projects.c.name == name)).first() is not None


def add_project(connection: Connection, name: str, created: str) -> None:
    """Adds a project."""
    connection.execute(insert(projects).values(name=name, created=created))


def list_projects(connection: Connection) -> Sequence[Row[Any]]:
    """All projects by name."""
    return connection.execute(select(projects).order_by(projects.c.name)).all()


def add_token(connection: Connection, **values: Any) -> None:
    """Adds a token."""
    connection.execute(insert(tokens).values(**values))


def token_by_id(connection: Connection, token: str) -> Row[Any] | None:
    """The token of that id, unless it was revoked."""
    return connection.execute(select(tokens).where(tokens.c.id == token, tokens.c.revoked.is_(None))).first()


def list_tokens(connection: Connection, project: str) -> Sequence[Row[Any]]:
    """The tokens of a project, oldest first."""
    return connection.execute(select(tokens).where(tokens.c.project == project).order_by(tokens.c.id)).all()


def revoke_token(connection: Connection, project: str, token: str, when: str) -> bool:
    """Revokes a token of a project; whether there was one."""
    found = update(tokens).where(tokens.c.id == token, tokens.c.project == project, tokens.c.revoked.is_(None))
    return connection.execute(found.values(revoked=when)).rowcount == 1


def add_sign_in(connection: Connection, **values: Any) -> None:
    """Adds a sign-in link."""
    connection.execute(insert(sign_ins).values(**values))


def take_sign_in(connection: Connection, code_hash: str) -> Row[Any] | None:
    """The sign-in link of that hash, which cannot be used again."""
    taken = delete(sign_ins).where(sign_ins.c.code_hash == code_hash).returning(*sign_ins.c)
    return connection.execute(taken).first()
