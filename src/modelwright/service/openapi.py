"""The OpenAPI document: what FastAPI knows, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from modelwright.service.problems import MEDIA_TYPE

_PLAIN: Final = "application/json"
_MADE: Final = {"create_task": "task", "clone_task": "task", "begin_upload": "upload"}
"""Operations that make something, and the parameter of other operations that its ``id`` is."""


def operation_id(route: APIRoute) -> str:
    """The name of an operation: that of its function."""
    return route.name


def describe(app: FastAPI) -> None:
    """Lets the app's document say what kind of answers errors are, and what can be done with what was made."""
    make: Callable[[], dict[str, Any]] = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(make())
        assert app.openapi_schema is not None  # noqa: S101  it was just made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    operations = list(_operations(document))
    for operation in operations:
        for answer in operation["responses"].values():
            content = answer.get("content", {})
            if MEDIA_TYPE in content:
                answer["content"] = {MEDIA_TYPE: content[_PLAIN]}
    for operation in operations:
        made = _MADE.get(operation["operationId"])
        if made is not None:
            operation["responses"]["201"]["links"] = dict(_links(operations, made))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from item.values()


def _links(operations: list[dict[str, Any]], parameter: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A link for each operation that takes the parameter in its path."""
    for operation in operations:
        if any(item["in"] == "path" and item["name"] == parameter for item in operation.get("parameters", [])):
            name = operation["operationId"]
            yield name, {"operationId": name, "parameters": {parameter: "$response.body#/id"}}
