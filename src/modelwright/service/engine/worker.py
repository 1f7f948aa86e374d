"""The worker's side: one conversion in a process of its own, told by a file, told of by lines of JSON on stdout.

Run as ``python -m modelwright.service.engine.worker FOLDER``. The process ends, and takes those it started with it,
when whoever started it goes away: its stdin then ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from modelwright.diagnostics import Report
from modelwright.errors import InternalError, ModelwrightError, TemplateError, UnsupportedError
from modelwright.service.engine.tree import MARK, kill_tree

REQUEST: Final = "request.json"
_SPARE: Final = 4 << 30
"""Bytes that libraries reserve without using them; whoever started this watches what is really used."""


def main(folder: Path) -> None:
    """Converts as ``request.json`` in the folder says."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    _limit(request)
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as channel:
        os.dup2(2, 1)  # what libraries print goes to stderr
        _tell(channel, "end", _convert(request, channel))


def _limit(request: dict[str, Any]) -> None:
    """Limits of this process, which those that it starts have, too."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (request["cpu_seconds"], request["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (request["memory"] + _SPARE, request["memory"] + _SPARE))


def _convert(request: dict[str, Any], channel: Any) -> dict[str, Any]:
    from modelwright.templates.convert import TemplateRequest, convert, prepare
    from modelwright.templates.template import Template

    try:
        prepared = prepare(
            TemplateRequest(
                template=Template.model_validate(request["template"]),
                folder=Path(request["input"]),
                output=Path(request["output"]),
                settings=request["settings"],
                interpreters=request["interpreters"],
            )
        )
        report = convert(
            prepared,
            listener=lambda line: _tell(channel, "log", _line(line)),
            observer=_Stages(channel),
        )
    except ModelwrightError as error:
        return _ending(error.report if isinstance(error.report, Report) else None, error)
    except MemoryError:
        return _ending(None, InternalError("the conversion needs more memory than a task may take"))
    return _ending(report, None)


def _line(line: Any) -> dict[str, str]:
    return {"time": line.time, "level": line.level, "stage": line.stage, "message": line.message}


def _ending(report: Report | None, error: ModelwrightError | None) -> dict[str, Any]:
    """How the conversion ended, as data."""
    from modelwright.pipeline.report import report_data

    found: dict[str, Any] = {"result": "failed", "error": None, "stages": [], "summary": {}}
    if report is not None:
        data = report_data(report)
        found["result"] = report.status.value if error is None else "failed"
        found["stages"] = [{"name": item.name, "seconds": round(item.seconds, 4)} for item in report.steps]
        found["summary"] = {key: data[key] for key in ("source", "artifact", "verification", "measured")}
    if error is not None:
        items = list(error.items) if isinstance(error, UnsupportedError | TemplateError) else []
        found["error"] = {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "node": error.node,
            "items": items,
        }
    return found


class _Stages:
    """Tells which stage begins and, once a second, how far a long one came."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._step = ""
        self._told = 0.0

    def begin(self, step: str) -> None:
        """Tells it."""
        self._step = step
        _tell(self._channel, "stage", step)

    def advance(self, done: int, of: int) -> None:
        """Tells it, unless something was told just before."""
        at = time.monotonic()
        if at - self._told > 1:
            self._told = at
            _tell(self._channel, "stage", f"{self._step} {done}/{of}")

    def end(self, step: str) -> None:
        """Nothing to tell."""


def _tell(channel: Any, kind: str, data: Any) -> None:
    channel.write(json.dumps({kind: data}, ensure_ascii=False) + "\n")


def _die_with_parent() -> None:
    """Waits until stdin ends, then ends this process and all that it started."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    kill_tree(os.environ.get(MARK, ""))
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stderr.flush()
    os._exit(0)  # what was to be told was told; taking the interpreter apart takes longer than a small conversion
