"""Roles, and who is asking."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from modelwright.service.errors import ForbiddenError


class Role(enum.StrEnum):
    """What somebody may do in a project; each role may do what those before it may."""

    VIEWER = "viewer"
    """Look at templates, tasks, logs, artifacts and storage."""
    EDITOR = "editor"
    """Create, change and delete tasks; upload."""
    ADMIN = "admin"
    """Make and revoke tokens; read the audit trail."""

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return list(Role).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking.

    Attributes:
        token: Id of the token.
        label: Its label, for people and the audit trail.
        project: The project that the request is about.
        role: The role in it.
        operator: Whether projects can be made and any project be named.
    """

    token: str
    label: str
    project: str
    role: Role
    operator: bool = False

    def require(self, role: Role) -> None:
        """Lets through who has at least this role.

        Raises:
            ForbiddenError: The role is lower.
        """
        if self.role.rank < role.rank:
            raise ForbiddenError(
                f"the role {self.role.value} may not do this", hint=f"ask for a token with the role {role.value}"
            )

    def require_operator(self) -> None:
        """Lets through who runs the service.

        Raises:
            ForbiddenError: The token belongs to one project alone.
        """
        if not self.operator:
            raise ForbiddenError("this is for the service's operator", hint="use the token that `serve` made first")
