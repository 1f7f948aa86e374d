"""Requests to every route of the OpenAPI document, for tests that look at all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a request to any route can name.

    Attributes:
        task: A task.
        artifact: One of its artifacts.
        upload: An upload.
        file: A file of it.
        token: A token's id.
        input: URL of an input folder.
        output: URL of an output folder.
        name: Name for what is made.
    """

    task: str
    artifact: str
    upload: str
    file: str
    token: str
    input: str
    output: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request.

    Attributes:
        route: Method and path as the document has them.
        path: The path with values.
        options: What httpx takes besides.
    """

    route: tuple[str, str]
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def send(self, http: httpx.Client, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer."""
        return http.request(self.route[0].upper(), self.path, headers=headers, **self.options)


def routes(http: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of all routes."""
    paths = http.get("/openapi.json").json()["paths"]
    return sorted((method, path) for path, item in paths.items() for method in METHODS if method in item)


def asked(route: tuple[str, str], values: Values) -> Iterator[Asked]:
    """Requests to a route that name these values.

    Raises:
        KeyError: The route has a parameter that is not known here: say what it is.
    """
    method, path = route
    names = {"task": values.task, "upload": values.upload, "token": values.token}
    names["name"] = {"artifacts": values.artifact, "files": values.file}.get(path.split("/")[-2], "Onnx-To-Onnx")
    filled = re.sub(r"\{(\w+)\}", lambda match: quote(names[match[1]], safe="/"), path)
    for options in _options(method, path, values):
        yield Asked(route=route, path=filled, options=options)


def _options(method: str, path: str, values: Values) -> list[dict[str, Any]]:
    new = {"name": values.name, "template": "Onnx-To-Onnx", "input": values.input, "output": values.output}
    known: dict[tuple[str, str], list[dict[str, Any]]] = {
        ("post", "/v1/tasks"): [{"json": new}],
        ("post", "/v1/tasks/delete"): [{"json": {"ids": [values.task]}}],
        ("post", "/v1/tasks/{task}/clone"): [
            {"json": {"name": values.name}},
            {"json": {"name": values.name, "input": values.input, "output": values.output}},
        ],
        ("get", "/v1/storage"): [{"params": {"url": url}} for url in (values.input, values.output)],
        ("post", "/v1/sign-in"): [{"json": {"code": "none"}}],
        ("post", "/v1/tokens"): [{"json": {"role": "viewer", "label": values.name}}],
        ("post", "/v1/projects"): [{"json": {"name": values.name}}],
        ("patch", "/v1/uploads/{upload}/files/{name}"): [{"content": b"x"}],
    }
    return known.get((method, path), [{}])
