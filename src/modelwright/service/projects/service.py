"""Signing in, making tokens, and finding out who is asking."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from modelwright.service.audit.repository import record
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.dialects import alone
from modelwright.service.errors import ExistsError, Fault, InvalidRequestError, NotThereError, SignInError
from modelwright.service.projects import repository
from modelwright.service.projects.roles import Principal, Role

_TOKEN: Final = re.compile(r"^mw_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$")
_PROJECT: Final = re.compile(r"^[a-z]([a-z0-9-]{0,62}[a-z0-9])?$")
DEFAULT_PROJECT: Final = "default"


class ProjectService:
    """Projects and tokens. Secrets are random and long, so that a plain SHA-256 of them is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def authenticate(self, header: str | None, project: str | None = None) -> Principal:
        """Who is asking.

        Args:
            header: The ``Authorization`` header.
            project: The project that an operator names.

        Raises:
            SignInError: There is no valid token.
            NotThereError: There is no such project.
        """
        scheme, _, text = (header or "").partition(" ")
        match = _TOKEN.match(text.strip())
        if scheme.lower() != "bearer" or match is None:
            raise SignInError("no token came with the request", hint="send 'Authorization: Bearer mw_...'")
        with self._database.read() as connection:
            row = repository.token_by_id(connection, match[1])
            if row is None or not hmac.compare_digest(row.secret_hash, _hash(match[2])):
                raise SignInError("the token is not valid", hint="it may have been revoked: ask for another one")
            return _principal(connection, row, project)

    def by_id(self, token: str, project: str | None = None) -> Principal:
        """Who a token belongs to that was shown before.

        Args:
            token: The token's id.
            project: The project that is named; only operators can name another than the token's.

        Raises:
            SignInError: The token was revoked.
            NotThereError: There is no such project.
        """
        with self._database.read() as connection:
            row = repository.token_by_id(connection, token)
            if row is None:
                raise SignInError("the token is not valid", hint="it may have been revoked: ask for another one")
            return _principal(connection, row, project)

    def first_sign_in(self, minutes: float) -> str:
        """A code for signing in once as operator; the project ``default`` is made if needed."""
        code = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            alone(connection, "projects")
            if not repository.project_exists(connection, DEFAULT_PROJECT):
                repository.add_project(connection, DEFAULT_PROJECT, now())
            repository.add_sign_in(
                connection,
                code_hash=_hash(code),
                project=DEFAULT_PROJECT,
                role=Role.ADMIN.value,
                operator=True,
                until=time.time() + minutes * 60,
            )
        return code

    def sign_in(self, code: str) -> str:
        """A token for a sign-in code, which is used up.

        Raises:
            SignInError: The code is not valid, was used, or is too old.
        """
        with self._database.write() as connection:
            row = repository.take_sign_in(connection, _hash(code))
            token = None
            if row is not None and row.until >= time.time():
                token = _add(connection, row.project, Role(row.role), "sign-in", operator=row.operator)
        if token is None:
            raise SignInError("the sign-in link is not valid", hint="it works once; `modelwright serve` prints another")
        return token

    def create_token(self, principal: Principal, role: Role, label: str) -> str:
        """A new token for the principal's project; it is told this once.

        Raises:
            ForbiddenError: The principal is no admin.
        """
        principal.require(Role.ADMIN)
        with self._database.write() as connection:
            token = _add(connection, principal.project, role, label, operator=False)
            record(connection, principal, "addToken", token[3:35], {"role": role.value, "label": label})
        return token

    def tokens(self, principal: Principal) -> Sequence[Row[Any]]:
        """The tokens of the project, without their secrets.

        Raises:
            ForbiddenError: The principal is no admin.
        """
        principal.require(Role.ADMIN)
        with self._database.read() as connection:
            return repository.list_tokens(connection, principal.project)

    def revoke_token(self, principal: Principal, token: str) -> None:
        """Ends a token of the project.

        Raises:
            ForbiddenError: The principal is no admin.
            NotThereError: The project has no such token.
        """
        principal.require(Role.ADMIN)
        with self._database.write() as connection:
            if not repository.revoke_token(connection, principal.project, token, now()):
                raise NotThereError(f"no token {token!r}", hint="GET /v1/tokens lists them")
            record(connection, principal, "deleteToken", token, {})

    def forget_token(self, token: str) -> None:
        """Ends a token that was made for a session which is over."""
        with self._database.write() as connection:
            row = repository.token_by_id(connection, token)
            if row is not None:
                repository.revoke_token(connection, row.project, token, now())

    def create_project(self, principal: Principal, name: str) -> str:
        """A new project, and a token for its first admin.

        Raises:
            ForbiddenError: The principal does not run the service.
            InvalidRequestError: The name is none.
            ExistsError: There is a project of that name.
        """
        principal.require_operator()
        if not _PROJECT.match(name):
            remedy = "1 to 64 lowercase letters, digits and hyphens, beginning with a letter"
            raise InvalidRequestError("the name is none", faults=[Fault(where="name", message=name, remedy=remedy)])
        with self._database.write() as connection:
            alone(connection, "projects")
            if repository.project_exists(connection, name):
                raise ExistsError(f"there is a project {name!r}", hint="choose another name")
            repository.add_project(connection, name, now())
            token = _add(connection, name, Role.ADMIN, "first admin", operator=False)
            record(connection, principal, "addProject", name, {})
        return token

    def projects(self, principal: Principal) -> Sequence[str]:
        """The projects that the principal can name."""
        if not principal.operator:
            return [principal.project]
        with self._database.read() as connection:
            return [row.name for row in repository.list_projects(connection)]


def _principal(connection: Connection, row: Row[Any], project: str | None) -> Principal:
    wanted = project if project and row.operator else row.project
    if project and project != wanted:
        raise NotThereError(f"no project {project!r}", hint="a token belongs to one project")
    if not repository.project_exists(connection, wanted):
        raise NotThereError(f"no project {wanted!r}", hint="GET /v1/projects lists them")
    return Principal(token=row.id, label=row.label, project=wanted, role=Role(row.role), operator=bool(row.operator))


def _add(connection: Any, project: str, role: Role, label: str, *, operator: bool) -> str:
    token, secret = new_id(), secrets.token_urlsafe(32)
    repository.add_token(
        connection,
        id=token,
        secret_hash=_hash(secret),
        project=project,
        role=role.value,
        operator=operator,
        label=label,
        created=now(),
    )
    return f"mw_{token}_{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
