"""What the client for asyncio can ask about the project and the service."""

from __future__ import annotations

from collections.abc import AsyncIterator

from modelwright.client import calls, project_calls
from modelwright.client.answers import Health
from modelwright.client.asynchronous_connection import AsyncConnection
from modelwright.service.audit.schemas import AuditEntry
from modelwright.service.engine.schemas import WorkerModel
from modelwright.service.projects.roles import Role
from modelwright.service.projects.schemas import TokenModel, Who
from modelwright.service.storage.schemas import Listing


class AsyncProjectConnection(AsyncConnection):
    """A connection that knows what projects have besides tasks."""

    async def sign_in(self, code: str) -> str:
        """A token for the code of a sign-in link."""
        return str((await self._do(calls.sign_in(code)))["token"])

    async def health(self, *, ready: bool = False) -> Health:
        """That the service is there, with ``ready`` that its database answers, too."""
        return await self._do(project_calls.health("ready" if ready else "live"))

    async def who(self) -> Who:
        """Who the token belongs to."""
        return await self._do(project_calls.who())

    async def roots(self) -> list[str]:
        """URLs of the folders below which the project may read and write."""
        return await self._do(calls.roots())

    async def listing(self, url: str) -> Listing:
        """What a folder below one of the roots holds."""
        return await self._do(project_calls.listing(url))

    async def workers(self) -> list[WorkerModel]:
        """What runs tasks."""
        return await self._do(project_calls.workers())

    async def tokens(self) -> list[TokenModel]:
        """The project's tokens, for its admins."""
        return await self._do(project_calls.tokens())

    async def create_token(self, label: str, role: Role = Role.EDITOR) -> str:
        """A new token for the project, by its admins; it is told this once."""
        return (await self._do(project_calls.create_token(role, label))).token

    async def revoke_token(self, token: str) -> None:
        """Ends the token of that id."""
        await self._do(project_calls.revoke_token(token))

    async def projects(self) -> list[str]:
        """The projects that the token can name."""
        return await self._do(project_calls.projects())

    async def create_project(self, name: str) -> str:
        """A new project, by the operator; gives a token for its first admin."""
        return (await self._do(project_calls.create_project(name))).token

    async def audit(self) -> AsyncIterator[AuditEntry]:
        """The project's audit trail, newest first, for its admins."""
        cursor: str | None = None
        while True:
            found = await self._do(project_calls.audit(500, cursor))
            for item in found.items:
                yield item
            cursor = found.next
            if cursor is None:
                return
