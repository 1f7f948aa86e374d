"""Files of tasks: artifacts that pages read, and the input folder's, for who may see the task."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from modelwright.errors import ModelwrightError
from modelwright.service.console.visit import Visit
from modelwright.service.errors import NotThereError
from modelwright.service.tasks.schemas import Task


def read_artifact(visit: Visit, task: Task, name: str, most: int) -> bytes | None:
    """An artifact's bytes, or None when it is not there, is larger than ``most``, or is not what was written."""
    artifact = next((item for item in task.artifacts if item.name == name), None)
    if artifact is None or artifact.bytes > most:
        return None
    try:
        place = visit.context.store.place(visit.principal.project, task.output)
        if place.size(name) != artifact.bytes:
            return None
        return b"".join(place.pieces(name, 0, artifact.bytes))
    except (ModelwrightError, OSError):
        return None


def input_names(visit: Visit, task: Task) -> tuple[str, ...]:
    """The names of the files of the input folder as it is now; none when it is gone."""
    try:
        return visit.context.store.place(visit.principal.project, task.input).listing()
    except (ModelwrightError, OSError):
        return ()


def input_file(visit: Visit, task: Task, name: str) -> Response:
    """A file of the input folder, as it is now.

    Raises:
        NotThereError: There is no such file.
    """
    missing = NotThereError(f"no file {name[:200]!r} in the input folder", hint="it may have been taken away")
    if name not in input_names(visit, task):
        raise missing
    place = visit.context.store.place(visit.principal.project, task.input)
    size = place.size(name)
    if size is None:
        raise missing
    title = quote(name.rpartition("/")[2])
    headers = {"Content-Length": str(size), "Content-Disposition": f"attachment; filename*=utf-8''{title}"}
    pieces = place.pieces(name, 0, size)
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)
