"""Requests as data, the same for both clients: what is sent, and what the answer is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter

import modelwright.errors as known_errors
import modelwright.service.errors as service_errors
from modelwright.errors import ModelwrightError, ToolError
from modelwright.service.logs.schemas import LogPage
from modelwright.service.served_template import ServedTemplate
from modelwright.service.tasks.schemas import Artifact, Deleted, NewTask, Task, TaskChanges, TaskPage
from modelwright.service.tasks.states import TaskStatus
from modelwright.service.uploads.schemas import Upload

T = TypeVar("T")
PIECE: Final = 8 << 20
"""Bytes of an upload in one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """A request.

    Attributes:
        method: HTTP's method.
        path: Path below the service's address.
        answer: What the answer's JSON is read as.
        query: Parameters; None is left out.
        data: What is sent as JSON, or None.
        headers: Further headers.
        content: What is sent as it is, or None.
    """

    method: str
    path: str
    answer: TypeAdapter[T]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None

    def request(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request as httpx sends it."""
        query = {name: value for name, value in self.query.items() if value not in (None, "", [])}
        data = self.data.model_dump(mode="json") if isinstance(self.data, BaseModel) else self.data
        return client.build_request(
            self.method, self.path, params=query, json=data, headers=dict(self.headers), content=self.content
        )

    def read(self, response: httpx.Response) -> T:
        """The answer.

        Raises:
            ModelwrightError: The service refused; the class is the one of its code.
        """
        check(response)
        return self.answer.validate_python(None if response.status_code == 204 else response.json())


class TemplateList(BaseModel):
    """Templates, and what filters can be."""

    items: list[ServedTemplate]
    filters: dict[str, list[str]]


class UnreachableError(ToolError):
    """The service does not answer."""


PAUSE: Final = 0.5
"""Seconds between looks at what is waited for."""

_TASK: Final = TypeAdapter(Task)
_DATA: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])
_UPLOAD: Final = TypeAdapter(Upload)
_TIMES: Final = 5
_LONGEST_PAUSE: Final = 60
"""Seconds."""


def headers(token: str, project: str) -> dict[str, str]:
    """What every request carries: who asks, and for operators the project to work in."""
    said = {"Authorization": f"Bearer {token}"} if token else {}
    return said | ({"Modelwright-Project": project} if project else {})


def unreachable(error: httpx.HTTPError, *, hint: str = "is this its address?") -> UnreachableError:
    """The error for a request that was not answered."""
    return UnreachableError(f"the service does not answer: {error}", hint=hint)


def pause(response: httpx.Response, times: int) -> float | None:
    """Seconds after which to ask again because the service asks for patience, or None to take the answer as it is.

    Args:
        response: The answer.
        times: How often was asked.
    """
    after = response.headers.get("Retry-After", "")
    if response.status_code not in (429, 503) or not after.isdigit() or times >= _TIMES:
        return None
    return min(float(after), _LONGEST_PAUSE)


def check(response: httpx.Response) -> None:
    """Lets good answers through.

    Raises:
        ModelwrightError: It is none; the class is the one of the answer's code.
    """
    if response.is_success:
        return
    try:
        problem = response.json()
        kind = _CLASSES.get(problem["code"], ToolError)
        faults = [f"{item['where']}: {item['message']}; {item['remedy']}" for item in problem.get("errors", [])]
    except (ValueError, KeyError, TypeError):
        raise ToolError(f"the service answered {response.status_code}", hint="is this its address?") from None
    message = "\n  - ".join([problem["detail"], *faults])
    raise kind(message, hint=problem.get("hint", ""))


def _classes() -> dict[str, type[ModelwrightError]]:
    found = [*vars(known_errors).values(), *vars(service_errors).values()]
    return {item.code: item for item in found if isinstance(item, type) and issubclass(item, ModelwrightError)}


_CLASSES: Final = _classes()


def sign_in(code: str) -> Call[dict[str, Any]]:
    """A token for a sign-in code."""
    return Call(method="POST", path="/v1/sign-in", answer=_DATA, data={"code": code})


def templates(chip: str, framework: str, model_format: str, search: str) -> Call[TemplateList]:
    """The catalogue, filtered."""
    query = {"chip": chip, "framework": framework, "format": model_format, "search": search}
    return Call(method="GET", path="/v1/templates", answer=TypeAdapter(TemplateList), query=query)


def template(name: str) -> Call[ServedTemplate]:
    """One template."""
    return Call(method="GET", path=f"/v1/templates/{quote(name, safe='')}", answer=TypeAdapter(ServedTemplate))


def roots() -> Call[list[str]]:
    """URLs of the project's folders."""
    return Call(method="GET", path="/v1/storage/roots", answer=TypeAdapter(list[str]))


def create(new: NewTask, key: str | None) -> Call[Task]:
    """Makes a task."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return Call(method="POST", path="/v1/tasks", answer=_TASK, data=new, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which tasks, in which order.

    Attributes:
        status: In one of these states; empty for all.
        template: Of this template; empty for all.
        chip: For this chip; empty for all.
        search: Text in the name or the description.
        sort: ``created`` or ``name``.
        order: ``asc`` or ``desc``; empty for the newest first, and for names from a on.
    """

    status: Sequence[TaskStatus] = ()
    template: str = ""
    chip: str = ""
    search: str = ""
    sort: str = "created"
    order: str = ""


def page(wanted: Filter, limit: int, cursor: str | None) -> Call[TaskPage]:
    """A page of tasks."""
    states = [item.value for item in wanted.status]
    query = {"status": states, "template": wanted.template, "chip": wanted.chip, "search": wanted.search}
    query |= {"sort": wanted.sort, "order": wanted.order, "limit": limit, "cursor": cursor}
    return Call(method="GET", path="/v1/tasks", answer=TypeAdapter(TaskPage), query=query)


def task(name: str) -> Call[Task]:
    """One task."""
    return Call(method="GET", path=_task(name), answer=_TASK)


def act(name: str, what: str) -> Call[Task]:
    """Cancels or retries a task."""
    return Call(method="POST", path=f"{_task(name)}/{what}", answer=_TASK)


def clone(name: str, changes: TaskChanges) -> Call[Task]:
    """Makes a task like another one."""
    return Call(method="POST", path=f"{_task(name)}/clone", answer=_TASK, data=changes)


def remove(name: str) -> Call[None]:
    """Deletes one task."""
    return Call(method="DELETE", path=_task(name), answer=TypeAdapter(type(None)))


def delete(names: Sequence[str]) -> Call[Deleted]:
    """Deletes tasks."""
    return Call(method="POST", path="/v1/tasks/delete", answer=TypeAdapter(Deleted), data={"ids": list(names)})


def log(name: str, offset: int, lines: int, search: str, level: str) -> Call[LogPage]:
    """Lines of a log."""
    query = {"offset": offset, "lines": lines, "search": search, "level": level}
    return Call(method="GET", path=f"{_task(name)}/logs", answer=TypeAdapter(LogPage), query=query)


def artifacts(name: str) -> Call[list[Artifact]]:
    """What a task gave."""
    return Call(method="GET", path=f"{_task(name)}/artifacts", answer=TypeAdapter(list[Artifact]))


def chosen(found: Sequence[Artifact], names: Sequence[str]) -> list[Artifact]:
    """Those of some names, or all.

    Raises:
        NotThereError: There is none of a name.
    """
    known = {item.name: item for item in found}
    for name in names:
        if name not in known:
            raise service_errors.NotThereError(f"no artifact {name!r}", hint=f"there are {', '.join(known) or 'none'}")
    return [known[name] for name in names] or list(found)


def artifact_path(name: str, artifact: str) -> str:
    """Where an artifact is."""
    return f"{_task(name)}/artifacts/{quote(artifact)}"


def archive_path(name: str) -> str:
    """Where all artifacts are, as one archive."""
    return f"{_task(name)}/artifacts.zip"


def stream_path(name: str) -> str:
    """Where the log's stream is."""
    return f"{_task(name)}/logs/stream"


def begin_upload() -> Call[Upload]:
    """Begins an upload."""
    return Call(method="POST", path="/v1/uploads", answer=_UPLOAD)


def upload_state(upload: str) -> Call[Upload]:
    """What has arrived."""
    return Call(method="GET", path=f"/v1/uploads/{quote(upload, safe='')}", answer=_UPLOAD)


def drop_upload(upload: str) -> Call[None]:
    """Takes an upload away that is not complete."""
    return Call(method="DELETE", path=f"/v1/uploads/{quote(upload, safe='')}", answer=TypeAdapter(type(None)))


def add_piece(upload: str, name: str, offset: int, content: bytes) -> Call[dict[str, Any]]:
    """Adds a piece to a file of an upload."""
    path = f"/v1/uploads/{quote(upload, safe='')}/files/{quote(name)}"
    headers = {"Upload-Offset": str(offset)}
    return Call(method="PATCH", path=path, answer=_DATA, headers=headers, content=content)


def complete_upload(upload: str) -> Call[dict[str, Any]]:
    """Ends an upload."""
    return Call(method="POST", path=f"/v1/uploads/{quote(upload, safe='')}/complete", answer=_DATA)


def _task(name: str) -> str:
    return f"/v1/tasks/{quote(name, safe='')}"
