"""Beginning and ending a browser's session, and who it belongs to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import URL

from modelwright.service.clock import now
from modelwright.service.database import Database
from modelwright.service.errors import ForbiddenError, SignInError
from modelwright.service.projects.roles import Principal
from modelwright.service.projects.service import ProjectService
from modelwright.service.sessions import repository

COOKIE: Final = "modelwright_session"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing, for which a cookie is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in.

    Attributes:
        secret: What its cookie holds; the database has a hash of it.
        principal: Who it belongs to.
    """

    secret: str
    principal: Principal


class SessionService:
    """Sessions. Each belongs to a token, and ends when that is revoked."""

    def __init__(self, database: Database, projects: ProjectService, hours: float) -> None:
        self._database = database
        self._projects = projects
        self.seconds = hours * 3600

    def begin(self, token: str, *, own_token: bool = False) -> Session:
        """A session for a token.

        Args:
            token: The token.
            own_token: The token was made for this session and is revoked with it.

        Raises:
            SignInError: The token is not valid.
        """
        principal = self._projects.authenticate(f"Bearer {token}")
        secret = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            repository.remove_old(connection, time.time())
            repository.add(
                connection,
                secret_hash=_hash(secret),
                token=principal.token,
                project=principal.project,
                own_token=own_token,
                created=now(),
                until=time.time() + self.seconds,
            )
        return Session(secret=secret, principal=principal)

    def begin_by_link(self, code: str) -> Session:
        """A session for the code of a sign-in link, which is used up.

        Raises:
            SignInError: The code is not valid, was used, or is too old.
        """
        return self.begin(self._projects.sign_in(code), own_token=True)

    def find(self, secret: str, project: str | None = None) -> Session:
        """The session of a cookie.

        Args:
            secret: What the cookie holds.
            project: A project that an operator names instead of the session's.

        Raises:
            SignInError: It is over, or its token was revoked.
            NotThereError: There is no such project.
        """
        with self._database.read() as connection:
            row = repository.get(connection, _hash(secret), time.time())
        if row is None:
            raise SignInError("the session is over", hint="sign in again")
        return Session(secret=secret, principal=self._projects.by_id(row.token, project or row.project))

    def requested(self, secret: str, method: str, csrf: str | None, project: str | None) -> Principal:
        """Who sends a REST request with a cookie; one that changes something needs the session's CSRF token.

        Raises:
            SignInError: The session is over.
            ForbiddenError: The CSRF token is not the session's.
        """
        found = self.find(secret, project)
        if method not in SAFE:
            check_csrf(secret, csrf)
        return found.principal

    def choose_project(self, session: Session, project: str) -> None:
        """Lets an operator's session work in another project.

        Raises:
            ForbiddenError: The session is no operator's.
            NotThereError: There is no such project.
        """
        session.principal.require_operator()
        self._projects.by_id(session.principal.token, project)
        with self._database.write() as connection:
            repository.set_project(connection, _hash(session.secret), project)

    def end(self, secret: str) -> None:
        """Ends a session, if there is one, and the token that was made for it."""
        with self._database.write() as connection:
            row = repository.get(connection, _hash(secret), time.time())
            repository.remove(connection, _hash(secret))
        if row is not None and row.own_token:
            self._projects.forget_token(row.token)


def session_cookie(address: URL) -> str:
    """The name of the cookie at an address, with its port: browsers keep those of all ports together."""
    try:
        port = address.port
    except ValueError:  # of a Host header that is none
        port = None
    return COOKIE if port is None else f"{COOKIE}_{port}"


def csrf_token(secret: str) -> str:
    """The CSRF token that belongs to a cookie's secret."""
    return hmac.new(secret.encode(), b"modelwright csrf", hashlib.sha256).hexdigest()


def check_csrf(secret: str, given: str | None) -> None:
    """Lets a form or request through that came from one of our own pages.

    Raises:
        ForbiddenError: It did not.
    """
    if not hmac.compare_digest(csrf_token(secret).encode(), (given or "").encode()):
        raise ForbiddenError("the request did not come from this session's page", hint="load the page again")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
