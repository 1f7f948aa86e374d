"""A task's artifacts over REST: a list, one file, or all of them as one archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from modelwright.service.context import Asking, Context, Served
from modelwright.service.errors import NotThereError
from modelwright.service.problems import RESPONSES
from modelwright.service.projects.roles import Principal
from modelwright.service.ranges import asked_range
from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.place import Place
from modelwright.service.tasks.schemas import Artifact, Task

router = APIRouter(prefix="/v1/tasks/{task}", tags=["artifacts"], responses=RESPONSES)
_PARTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "the range that was asked for", "content": {"application/octet-stream": {}}},
    416: {"description": "nothing of the file is in the range"},
}
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


@router.get("/artifacts")
def list_artifacts(context: Served, asking: Asking, task: str) -> list[Artifact]:
    """The files that a task gave."""
    return context.tasks.get(asking, task).artifacts


@router.get("/artifacts/{name:path}", response_class=FileResponse, responses=_PARTS)
def get_artifact(context: Served, asking: Asking, task: str, name: str, request: Request) -> Response:
    """One file; ranges of it can be asked for."""
    found = context.tasks.get(asking, task)
    artifact = next((item for item in found.artifacts if item.name == name), None)
    if artifact is None:
        raise NotThereError(
            f"the task {found.name} has no artifact {name[:200]!r}", hint="GET .../artifacts lists them"
        )
    place = _place(context, asking, found, artifact)
    headers = {"ETag": f'"{artifact.sha256}"', "X-Content-Type-Options": "nosniff"}
    if isinstance(place, LocalPlace):
        path, title = place.path / name, Path(name).name
        return FileResponse(path, filename=title, media_type="application/octet-stream", headers=headers)
    return _streamed(place, artifact, headers, request.headers.get("Range"))


@router.get("/artifacts.zip", response_class=StreamingResponse, responses={200: {"content": {"application/zip": {}}}})
def get_archive(context: Served, asking: Asking, task: str) -> StreamingResponse:
    """All files as one zip archive, not compressed: weights hardly shrink."""
    found = context.tasks.get(asking, task)
    if not found.artifacts:
        raise NotThereError(f"the task {found.name} has no artifacts", hint="wait until it is over")
    places = [(item, _place(context, asking, found, item)) for item in found.artifacts]
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.zip"'}
    return StreamingResponse(_archive(places), media_type="application/zip", headers=headers)


def _place(context: Context, asking: Principal, task: Task, artifact: Artifact) -> Place:
    """The folder that the file is in; it must still be the one that was written, by its size."""
    place = context.store.place(asking.project, task.output)
    if place.size(artifact.name) != artifact.bytes:
        raise NotThereError(f"{artifact.name} is not in the output folder any more", hint="retry or clone the task")
    return place


def _streamed(place: Place, artifact: Artifact, headers: dict[str, str], wanted: str | None) -> Response:
    """A file of object storage, or the range of it that is wanted, passed on piece by piece."""
    title = quote(artifact.name.rpartition("/")[2])
    headers |= {"Accept-Ranges": "bytes", "Content-Disposition": f"attachment; filename*=utf-8''{title}"}
    try:
        part = asked_range(wanted, artifact.bytes)
    except ValueError:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{artifact.bytes}"})
    begin, end = part or (0, artifact.bytes)
    headers["Content-Length"] = str(end - begin)
    if part is not None:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{artifact.bytes}"
    pieces = place.pieces(artifact.name, begin, end)
    status = 200 if part is None else 206
    return StreamingResponse(pieces, status_code=status, media_type="application/octet-stream", headers=headers)


class _Pipe:
    """A file to which zipfile writes and from which the answer takes what was written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _archive(places: list[tuple[Artifact, Place]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[arg-type]
        for artifact, place in places:
            with archive.open(zipfile.ZipInfo(artifact.name, _MOMENT), "w", force_zip64=True) as entry:
                for piece in place.pieces(artifact.name, 0, artifact.bytes):
                    entry.write(piece)
                    yield pipe.take()
    yield pipe.take()
