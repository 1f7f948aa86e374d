"""What the blocking client can ask about the project and the service."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.client import calls, project_calls
from modelwright.client.answers import Health
from modelwright.client.sync_connection import Connection
from modelwright.service.audit.schemas import AuditEntry
from modelwright.service.engine.schemas import WorkerModel
from modelwright.service.projects.roles import Role
from modelwright.service.projects.schemas import TokenModel, Who
from modelwright.service.storage.schemas import Listing


class ProjectConnection(Connection):
    """A connection that knows what projects have besides tasks."""

    def sign_in(self, code: str) -> str:
        """A token for the code of a sign-in link."""
        return str(self._do(calls.sign_in(code))["token"])

    def health(self, *, ready: bool = False) -> Health:
        """That the service is there, with ``ready`` that its database answers, too."""
        return self._do(project_calls.health("ready" if ready else "live"))

    def who(self) -> Who:
        """Who the token belongs to."""
        return self._do(project_calls.who())

    def roots(self) -> list[str]:
        """URLs of the folders below which the project may read and write."""
        return self._do(calls.roots())

    def listing(self, url: str) -> Listing:
        """What a folder below one of the roots holds."""
        return self._do(project_calls.listing(url))

    def workers(self) -> list[WorkerModel]:
        """What runs tasks."""
        return self._do(project_calls.workers())

    def tokens(self) -> list[TokenModel]:
        """The project's tokens, for its admins."""
        return self._do(project_calls.tokens())

    def create_token(self, label: str, role: Role = Role.EDITOR) -> str:
        """A new token for the project, by its admins; it is told this once."""
        return self._do(project_calls.create_token(role, label)).token

    def revoke_token(self, token: str) -> None:
        """Ends the token of that id."""
        self._do(project_calls.revoke_token(token))

    def projects(self) -> list[str]:
        """The projects that the token can name."""
        return self._do(project_calls.projects())

    def create_project(self, name: str) -> str:
        """A new project, by the operator; gives a token for its first admin."""
        return self._do(project_calls.create_project(name)).token

    def audit(self) -> Iterator[AuditEntry]:
        """The project's audit trail, newest first, for its admins."""
        cursor: str | None = None
        while True:
            found = self._do(project_calls.audit(500, cursor))
            yield from found.items
            cursor = found.next
            if cursor is None:
                return
