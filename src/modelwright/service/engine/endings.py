"""How tasks end that no worker ended: errors as a task's row has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.errors import InternalError, ModelwrightError, OutputError, WorkerCrashedError, WorkerTimeoutError
from modelwright.service.engine.process import Ended, Limits


def known(error: ModelwrightError | OSError, url: str) -> ModelwrightError:
    """An error of the file system as one of ours."""
    if isinstance(error, ModelwrightError):
        return error
    return OutputError(f"{url}: {error.strerror or error}", hint="look after the folder and the disk")


def failed(error: ModelwrightError) -> dict[str, Any]:
    """Result and error of a task that failed."""
    data = {"code": error.code, "message": error.message, "hint": error.hint, "node": error.node, "items": []}
    return {"result": "failed", "error": data}


def death(ended: Ended, limits: Limits) -> ModelwrightError:
    """Why a worker gave no answer, as an error."""
    said = f": {ended.said.splitlines()[-1]}" if ended.said else ""
    if ended.reason == "time":
        return WorkerTimeoutError(
            f"the conversion took longer than {limits.wall_seconds:g} s", hint="ask for a higher limit of time"
        )
    if ended.reason == "memory":
        return WorkerCrashedError(
            f"the conversion took more than {limits.memory >> 20} MiB of memory", hint="ask for a higher limit"
        )
    if ended.code >= 0:
        return InternalError(f"a fault of modelwright itself{said}", hint="please report it with the model's origin")
    return WorkerCrashedError(f"the worker died again and again, at last with {ended.code}{said}", hint="see the log")


def log_text(line: Mapping[str, str]) -> str:
    """A line as the file of a log has it."""
    return f"{line['time']} {line['level']:<7} {line['stage']:<8} {line['message']}\n"
