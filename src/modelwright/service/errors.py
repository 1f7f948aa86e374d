"""Errors of the service, with stable codes and the HTTP status that they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from modelwright.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a request.

    Attributes:
        where: The parameter: ``name``, ``settings.batch_size``, ``input``.
        message: Why.
        remedy: What to do.
    """

    where: str
    message: str
    remedy: str = ""


class ServiceError(UserError):
    """A request cannot be served as it is.

    Attributes:
        faults: Everything that is wrong, where several things can be.
    """

    code = "MW-S000"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, hint: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)


class InvalidRequestError(ServiceError):
    """Parameters are missing or not as the specification says; everything wrong is listed."""

    code = "MW-S001"
    status = 422


class NotThereError(ServiceError):
    """There is no such task, template, upload, file or token in this project."""

    code = "MW-S002"
    status = 404


class ExistsError(ServiceError):
    """Something of that name exists already, or the idempotency key was used for another request."""

    code = "MW-S003"
    status = 409


class BusyError(ServiceError):
    """What is at work cannot be changed: a task that runs (cancel it first), or an upload that grows (wait for it)."""

    code = "MW-S004"
    status = 409


class StateError(ServiceError):
    """The task is in a state in which this cannot be done: it is over, or it succeeded."""

    code = "MW-S005"
    status = 409


class SignInError(ServiceError):
    """No valid token came with the request."""

    code = "MW-S006"
    status = 401


class ForbiddenError(ServiceError):
    """The token's role does not allow this, or the path belongs to nobody of this project."""

    code = "MW-S007"
    status = 403


class TooLargeError(ServiceError):
    """An upload, a request or an archive is larger than the service takes."""

    code = "MW-S008"
    status = 413


class UnavailableError(ServiceError):
    """The database or the storage does not answer at the moment; try again."""

    code = "MW-S010"
    status = 503


class TooManyError(ServiceError):
    """More requests than the token may make; try again after the seconds in ``Retry-After``."""

    code = "MW-S009"
    status = 429

    def __init__(self, message: str, *, hint: str = "", seconds: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds
