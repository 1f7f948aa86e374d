"""Errors as answers: ``application/problem+json`` with our stable codes."""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from modelwright.errors import InternalError, ModelNotFoundError, ModelwrightError, UnknownNameError
from modelwright.service.errors import (
    Fault,
    InvalidRequestError,
    NotThereError,
    ServiceError,
    SignInError,
    TooManyError,
    UnavailableError,
)

_LOGGER: Final = logging.getLogger("modelwright.service")
MEDIA_TYPE: Final = "application/problem+json"


class FaultModel(BaseModel):
    """One thing that is wrong with a request."""

    where: str
    message: str
    remedy: str = ""


class ProblemModel(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="urn:modelwright:error:CODE")
    title: str
    status: int
    detail: str
    code: str = Field(description="a stable code")
    hint: str = ""
    errors: list[FaultModel] = Field(default_factory=list[FaultModel])


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemModel, "description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in (
        (401, "no valid token"),
        (403, "not allowed"),
        (404, "not there"),
        (409, "conflict"),
        (413, "too large"),
        (422, "invalid request"),
        (429, "too many requests"),
        (503, "the database or the storage does not answer"),
    )
}


def install(app: FastAPI) -> None:
    """Makes the app answer errors as problems."""
    app.add_exception_handler(ModelwrightError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(DataError, _refused)
    app.add_exception_handler(OperationalError, _unavailable)
    app.add_exception_handler(PoolTimeoutError, _unavailable)
    app.add_exception_handler(Exception, fault_problem)


def answer(error: ModelwrightError, status: int | None = None) -> JSONResponse:
    """The answer that an error becomes, with its own status unless another one is given."""
    status = status or status_of(error)
    faults = error.faults if isinstance(error, ServiceError) else ()
    problem = ProblemModel(
        type=f"urn:modelwright:error:{error.code}",
        title=type(error).__name__.removesuffix("Error"),
        status=status,
        detail=error.message,
        code=error.code,
        hint=error.hint,
        errors=[FaultModel(where=item.where, message=item.message, remedy=item.remedy) for item in faults],
    )
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, SignInError) else {}
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = "1"
    return JSONResponse(problem.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def status_of(error: ModelwrightError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, ServiceError):
        return error.status
    if isinstance(error, UnknownNameError | ModelNotFoundError):
        return 404
    return 422 if error.exit_code == 2 else 500


async def _known(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, ModelwrightError)  # noqa: S101  the handler is registered for these
    return answer(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults = [
        Fault(where=".".join(str(part) for part in item["loc"]), message=str(item["msg"])) for item in error.errors()
    ]
    return answer(InvalidRequestError("the request is not as the specification says", faults=faults))


async def http_problem(request: Request, error: Exception) -> JSONResponse:
    """The answer to what no route takes."""
    assert isinstance(error, HTTPException)  # noqa: S101
    found = NotThereError if error.status_code == 404 else InvalidRequestError
    known = found(f"{request.method} {request.url.path}: {error.detail}", hint="/openapi.json lists the API")
    response = answer(known, None if error.status_code == 400 else error.status_code)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request) -> list[str]:
    """The methods of a path; each of its routes knows only its own, and static files have no route."""
    route = request.scope.get("route")
    if route is None:
        return ["GET", "HEAD"]
    documented = request.app.openapi()["paths"].get(route.path, {})
    return sorted({method.upper() for method in documented} | set(route.methods))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    del request, error
    hint = "leave control characters and broken Unicode out"
    return answer(InvalidRequestError("the request holds a text that the database does not take", hint=hint))


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    _LOGGER.warning("%s %s: the database does not answer: %s", request.method, request.url.path, error)
    return answer(UnavailableError("the database does not answer", hint="wait as Retry-After says"))


async def fault_problem(request: Request, error: Exception) -> JSONResponse:
    """The answer to a fault of ours; the log has what happened."""
    _LOGGER.error("%s %s", request.method, request.url.path, exc_info=error)
    return answer(InternalError("a fault of the service; its log says more"))
