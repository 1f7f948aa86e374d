"""The client, blocking."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx

from modelwright.client import calls
from modelwright.client.answers import Event
from modelwright.client.calls import Filter, UnreachableError
from modelwright.client.events import EventReader
from modelwright.client.pieces import Download, pieces, staged
from modelwright.client.sync_project import ProjectConnection
from modelwright.errors import ToolError
from modelwright.service.logs.schemas import Line
from modelwright.service.served_template import ServedTemplate
from modelwright.service.tasks.schemas import Artifact, Deleted, NewTask, Task, TaskChanges, TaskInfo, TaskPage
from modelwright.service.tasks.states import TaskStatus

_LINES: Final = 1000
_PAGE: Final = 500


class Client(ProjectConnection):
    """A conversion service, as a project's token sees it. Errors are raised as the service's own classes."""

    def templates(
        self, *, chip: str = "", framework: str = "", model_format: str = "", search: str = ""
    ) -> list[ServedTemplate]:
        """The catalogue, filtered."""
        return self._do(calls.templates(chip, framework, model_format, search)).items

    def template(self, name: str) -> ServedTemplate:
        """One template."""
        return self._do(calls.template(name))

    def create_task(self, new: NewTask, *, key: str | None = None) -> Task:
        """Makes a task; the same request with the same ``key`` makes one."""
        return self._do(calls.create(new, key))

    def page(
        self,
        *,
        status: Sequence[TaskStatus] = (),
        template: str = "",
        chip: str = "",
        search: str = "",
        sort: str = "created",
        order: str = "",
        limit: int = 50,
        cursor: str | None = None,
    ) -> TaskPage:
        """A page of tasks: newest first, or by ``name``; ``order`` is ``asc`` or ``desc``."""
        wanted = Filter(status=status, template=template, chip=chip, search=search, sort=sort, order=order)
        return self._do(calls.page(wanted, limit, cursor))

    def tasks(
        self,
        *,
        status: Sequence[TaskStatus] = (),
        template: str = "",
        chip: str = "",
        search: str = "",
        sort: str = "created",
        order: str = "",
    ) -> Iterator[TaskInfo]:
        """All tasks that fit, page after page."""
        wanted = Filter(status=status, template=template, chip=chip, search=search, sort=sort, order=order)
        cursor: str | None = None
        while True:
            found = self._do(calls.page(wanted, _PAGE, cursor))
            yield from found.items
            cursor = found.next
            if cursor is None:
                return

    def task(self, task: str) -> Task:
        """One task."""
        return self._do(calls.task(task))

    def cancel(self, task: str) -> Task:
        """Ends a task that is not over."""
        return self._do(calls.act(task, "cancel"))

    def retry(self, task: str) -> Task:
        """Starts a task that failed or was canceled again."""
        return self._do(calls.act(task, "retry"))

    def clone(self, task: str, changes: TaskChanges | None = None) -> Task:
        """Makes a task like another one, with changes."""
        return self._do(calls.clone(task, changes or TaskChanges()))

    def remove(self, task: str) -> None:
        """Deletes a task that is over."""
        self._do(calls.remove(task))

    def delete(self, tasks: Sequence[str]) -> Deleted:
        """Deletes those of several tasks that are over; the answer says why others were kept."""
        return self._do(calls.delete(tasks))

    def wait(self, task: str, *, timeout: float | None = None) -> Task:
        """Waits until a task is over, also when the service is away for a while.

        Raises:
            ToolError: It is not over after ``timeout`` seconds.
        """
        begun = time.monotonic()
        while not (found := self._wait_for(calls.task(task))).status.over:
            if timeout is not None and time.monotonic() - begun > timeout:
                raise ToolError(f"the task {found.name} is {found.status} after {timeout:g} s", hint="wait longer")
            time.sleep(calls.PAUSE)
        return found

    def log(
        self, task: str, *, offset: int = 0, search: str = "", level: str = "", follow: bool = False
    ) -> Iterator[Line]:
        """Lines of a task's log; with ``follow`` until it is over."""
        while True:
            over = not follow or self._wait_for(calls.task(task)).status.over
            found = self._wait_for(calls.log(task, offset, _LINES, search, level))
            yield from found.lines
            offset = found.next
            if len(found.lines) < _LINES:
                if over:
                    return
                time.sleep(calls.PAUSE)

    def events(self, task: str, *, search: str = "", level: str = "") -> Iterator[Event]:
        """What happens to a task as it happens, from its log's beginning to its end; goes on after a stream breaks."""
        reader = EventReader()
        broken: float | None = None
        while not reader.over:
            try:
                for event in self._stream(task, reader, search, level):
                    broken = None
                    yield event
            except httpx.HTTPError as error:
                broken = broken or time.monotonic()
                if time.monotonic() - broken > self._patience:
                    raise calls.unreachable(error, hint="is it there?") from None
                time.sleep(calls.PAUSE)

    def _stream(self, task: str, reader: EventReader, search: str, level: str) -> Iterator[Event]:
        query = {name: value for name, value in (("search", search), ("level", level)) if value}
        headers = {"Last-Event-ID": reader.last} if reader.last else {}
        with self._http.stream("GET", calls.stream_path(task), params=query, headers=headers) as response:
            if not response.is_success:
                response.read()
            calls.check(response)
            for line in response.iter_lines():
                event = reader.feed(line)
                if event is not None:
                    yield event

    def begin_upload(self) -> str:
        """Begins an upload; gives its id."""
        return self._do(calls.begin_upload()).id

    def upload_state(self, upload: str) -> dict[str, int]:
        """Bytes of an upload that have arrived, by file."""
        return self._do(calls.upload_state(upload)).files

    def drop_upload(self, upload: str) -> None:
        """Takes an upload away that is not complete."""
        self._do(calls.drop_upload(upload))

    def upload(self, source: Path, *, upload: str = "") -> str:
        """Uploads a model's folder or an archive of it, broken pieces again; gives the URL for a task's input.

        Args:
            source: The folder or archive.
            upload: An upload that broke off, to go on with.
        """
        upload = upload or self.begin_upload()
        arrived = self.upload_state(upload)
        for piece in pieces(source):
            rest = piece.content[max(0, arrived.get(piece.name, 0) - piece.offset) :]
            if rest or piece.name not in arrived:
                self._add(upload, piece.name, piece.offset + len(piece.content) - len(rest), rest)
        return str(self._do(calls.complete_upload(upload))["url"])

    def _add(self, upload: str, name: str, offset: int, content: bytes) -> None:
        try:
            self._do(calls.add_piece(upload, name, offset, content))
        except UnreachableError:
            done = self._wait_for(calls.upload_state(upload)).files.get(name, -1) - offset
            if done < len(content):
                self._do(calls.add_piece(upload, name, offset + max(0, done), content[max(0, done) :]))

    def artifacts(self, task: str) -> list[Artifact]:
        """The files that a task gave."""
        return self._do(calls.artifacts(task))

    def download(self, task: str, folder: Path, *, names: Sequence[str] = ()) -> list[Path]:
        """Puts artifacts of a task into a folder, each checked by its hash: those of these names, or all.

        Raises:
            ToolError: One arrived damaged.
        """
        found: list[Path] = []
        for artifact in calls.chosen(self.artifacts(task), names):
            target = Download(artifact, folder)
            with self._http.stream("GET", calls.artifact_path(task, artifact.name)) as response:
                if not response.is_success:
                    response.read()
                calls.check(response)
                for data in response.iter_bytes():
                    target.write(data)
            found.append(target.close())
        return found

    def archive(self, task: str, path: Path) -> Path:
        """Writes all artifacts of a task as one zip archive."""
        with self._http.stream("GET", calls.archive_path(task)) as response:
            if not response.is_success:
                response.read()
            calls.check(response)
            with staged(path) as stream:
                for data in response.iter_bytes():
                    stream.write(data)
        return path
