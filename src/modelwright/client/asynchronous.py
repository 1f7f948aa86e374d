"""The client, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from modelwright.client import calls
from modelwright.client.calls import Call, Line
from modelwright.client.pieces import Download, pieces
from modelwright.errors import ToolError
from modelwright.service.served_template import ServedTemplate
from modelwright.service.tasks.schemas import Deleted, NewTask, Task, TaskChanges, TaskInfo, TaskPage
from modelwright.service.tasks.states import TaskStatus

T = TypeVar("T")
_PAUSE: Final = 0.5
_LINES: Final = 1000


class AsyncClient:
    """A conversion service, as a project's token sees it. Errors are raised as the service's own classes."""

    def __init__(
        self,
        address: str,
        *,
        token: str = "",
        project: str = "",
        timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            address: The service's address, ``http://host:port``.
            token: A token; needed for everything but signing in.
            project: Operators: the project to work in.
            timeout: Seconds that an answer may take to begin.
            transport: How requests travel, for tests and proxies.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Modelwright-Project": project} if project else {}
        self._http = httpx.AsyncClient(base_url=address, headers=headers, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def _do(self, call: Call[T]) -> T:
        try:
            response = await self._http.send(call.request(self._http))
        except httpx.HTTPError as error:
            raise ToolError(f"the service does not answer: {error}", hint="is this its address?") from None
        return call.read(response)

    async def sign_in(self, code: str) -> str:
        """A token for the code of a sign-in link."""
        return str((await self._do(calls.sign_in(code)))["token"])

    async def templates(
        self, *, chip: str = "", framework: str = "", model_format: str = "", search: str = ""
    ) -> list[ServedTemplate]:
        """The catalogue, filtered."""
        return (await self._do(calls.templates(chip, framework, model_format, search))).items

    async def roots(self) -> list[str]:
        """URLs of the folders below which the project may read and write."""
        return await self._do(calls.roots())

    async def create_task(self, new: NewTask, *, key: str | None = None) -> Task:
        """Makes a task; the same request with the same ``key`` makes one."""
        return await self._do(calls.create(new, key))

    async def page(
        self,
        *,
        status: Sequence[TaskStatus] = (),
        search: str = "",
        sort: str = "created",
        limit: int = 50,
        cursor: str | None = None,
    ) -> TaskPage:
        """A page of tasks: newest first, or by name."""
        return await self._do(calls.page(status, search, sort, limit, cursor))

    async def tasks(
        self, *, status: Sequence[TaskStatus] = (), search: str = "", sort: str = "created"
    ) -> AsyncIterator[TaskInfo]:
        """All tasks that fit, page after page."""
        cursor: str | None = None
        while True:
            found = await self.page(status=status, search=search, sort=sort, limit=500, cursor=cursor)
            for item in found.items:
                yield item
            cursor = found.next
            if cursor is None:
                return

    async def task(self, task: str) -> Task:
        """One task."""
        return await self._do(calls.task(task))

    async def cancel(self, task: str) -> Task:
        """Ends a task that is not over."""
        return await self._do(calls.act(task, "cancel"))

    async def retry(self, task: str) -> Task:
        """Starts a task that failed or was canceled again."""
        return await self._do(calls.act(task, "retry"))

    async def clone(self, task: str, changes: TaskChanges | None = None) -> Task:
        """Makes a task like another one, with changes."""
        return await self._do(calls.clone(task, changes or TaskChanges()))

    async def delete(self, tasks: Sequence[str]) -> Deleted:
        """Deletes tasks that are over."""
        return await self._do(calls.delete(tasks))

    async def wait(self, task: str) -> Task:
        """Waits until a task is over; ``asyncio.timeout`` ends the wait earlier."""
        while True:
            found = await self.task(task)
            if found.status.over:
                return found
            await asyncio.sleep(_PAUSE)

    async def log(self, task: str, *, offset: int = 0, search: str = "", follow: bool = False) -> AsyncIterator[Line]:
        """Lines of a task's log; with ``follow`` until it is over."""
        while True:
            over = not follow or (await self.task(task)).status.over
            found = await self._do(calls.log(task, offset, _LINES, search))
            for line in found.lines:
                yield line
            offset = found.next
            if len(found.lines) < _LINES:
                if over:
                    return
                await asyncio.sleep(_PAUSE)

    async def upload(self, source: Path) -> str:
        """Uploads a model's folder or an archive of it, broken pieces again; gives the URL for a task's input."""
        upload = str((await self._do(calls.begin_upload()))["id"])
        for piece in pieces(source):
            try:
                await self._do(calls.add_piece(upload, piece.name, piece.offset, piece.content))
            except ToolError:
                done = (await self._do(calls.upload_state(upload)))["files"].get(piece.name, 0) - piece.offset
                rest = piece.content[max(0, done) :]
                if rest or done < 0:
                    await self._do(calls.add_piece(upload, piece.name, piece.offset + max(0, done), rest))
        return str((await self._do(calls.complete_upload(upload)))["url"])

    async def download(self, task: str, folder: Path) -> list[Path]:
        """Puts all artifacts of a task into a folder, each checked by its hash.

        Raises:
            ToolError: One arrived damaged.
        """
        found: list[Path] = []
        for artifact in await self._do(calls.artifacts(task)):
            target = Download(artifact, folder)
            async with self._http.stream("GET", calls.artifact_path(task, artifact.name)) as response:
                if not response.is_success:
                    await response.aread()
                calls.check(response)
                async for data in response.aiter_bytes():
                    target.write(data)
            found.append(target.close())
        return found
