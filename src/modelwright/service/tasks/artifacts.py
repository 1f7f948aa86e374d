"""A task's artifacts over REST: a list, one file, or all of them as one archive."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, StreamingResponse

from modelwright.service.context import Asking, Context, Served
from modelwright.service.errors import NotThereError
from modelwright.service.problems import RESPONSES
from modelwright.service.projects.roles import Principal
from modelwright.service.tasks.schemas import Artifact, Task

router = APIRouter(prefix="/v1/tasks/{task}", tags=["artifacts"], responses=RESPONSES)
_PARTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "the range that was asked for", "content": {"application/octet-stream": {}}},
    416: {"description": "nothing of the file is in the range"},
}
_PIECE: Final = 1 << 20
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


@router.get("/artifacts")
def list_artifacts(context: Served, asking: Asking, task: str) -> list[Artifact]:
    """The files that a task gave."""
    return context.tasks.get(asking, task).artifacts


@router.get("/artifacts/{name:path}", response_class=FileResponse, responses=_PARTS)
def get_artifact(context: Served, asking: Asking, task: str, name: str) -> FileResponse:
    """One file; ranges of it can be asked for."""
    found = context.tasks.get(asking, task)
    artifact = next((item for item in found.artifacts if item.name == name), None)
    if artifact is None:
        raise NotThereError(
            f"the task {found.name} has no artifact {name[:200]!r}", hint="GET .../artifacts lists them"
        )
    path = _path(context, asking, found, artifact)
    headers = {"ETag": f'"{artifact.sha256}"', "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, filename=Path(name).name, media_type="application/octet-stream", headers=headers)


@router.get("/artifacts.zip", response_class=StreamingResponse, responses={200: {"content": {"application/zip": {}}}})
def get_archive(context: Served, asking: Asking, task: str) -> StreamingResponse:
    """All files as one zip archive, not compressed: weights hardly shrink."""
    found = context.tasks.get(asking, task)
    if not found.artifacts:
        raise NotThereError(f"the task {found.name} has no artifacts", hint="wait until it is over")
    paths = [(item.name, _path(context, asking, found, item)) for item in found.artifacts]
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.zip"'}
    return StreamingResponse(_archive(paths), media_type="application/zip", headers=headers)


def _path(context: Context, asking: Principal, task: Task, artifact: Artifact) -> Path:
    """Where the file is; it must still be the one that was written, by its size."""
    folder = context.store.place(asking.project, task.output).path
    path = Path(os.path.realpath(folder / artifact.name))
    if not path.is_relative_to(folder) or not path.is_file() or path.stat().st_size != artifact.bytes:
        raise NotThereError(f"{artifact.name} is not in the output folder any more", hint="retry or clone the task")
    return path


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


def _archive(paths: list[tuple[str, Path]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[arg-type]
        for name, path in paths:
            with (
                path.open("rb") as source,
                archive.open(zipfile.ZipInfo(name, _MOMENT), "w", force_zip64=True) as entry,
            ):
                while piece := source.read(_PIECE):
                    entry.write(piece)
                    yield pipe.take()
    yield pipe.take()
